package config

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

// defaults is Serve where nothing is told.
func defaults(t *testing.T) Serve {
	t.Helper()
	data, err := filepath.Abs("fflambda-data")
	if err != nil {
		t.Fatal(err)
	}
	return Serve{
		Listen: "127.0.0.1:8080", Data: data, Workers: max(1, runtime.GOMAXPROCS(0)/2), FFmpeg: "ffmpeg", RateLimit: 10, Limits: job.Limits{Queued: 10_000},
		MaxInputBytes: 2 << 30, InputStall: 30 * time.Second, MaxOutputBytes: 10 << 30, Timeout: 21600 * time.Second, MaxAttempts: 3,
		Grace: 30 * time.Second, Retention: 30 * 24 * time.Hour, Store: "local", Sandbox: true, StatusQueued: true, LogLevel: slog.LevelInfo, LogFormat: "text",
	}
}

func equalAddr() cmp.Option { return cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }) }

func secrets() cmp.Option { return cmp.Comparer(func(a, b Secret) bool { return a == b }) }

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		env  []string
		want func(s *Serve)
	}{
		{"nothing", nil, nil, func(*Serve) {}},
		{"strange variables", nil, []string{"PATH=/bin", "FFLAMBDA=x", "OTHER_FFLAMBDA_LISTEN=x", "no equals sign", "=C:=C:\\", "FFLAMBDA_REQUIRE=ffmpeg"}, func(*Serve) {}},
		{"empty variables", nil, []string{"FFLAMBDA_LISTEN=", "FFLAMBDA_WORKERS=", "FFLAMBDA_API_KEYS="}, func(*Serve) {}},
		{"variables", nil, []string{"FFLAMBDA_LISTEN=:9", "FFLAMBDA_STATUS_QUEUED=never", "FFLAMBDA_RATE_LIMIT_V1=2.5"},
			func(s *Serve) { s.Listen, s.StatusQueued, s.RateLimitV1 = ":9", false, 2.5 }},
		{"flags", []string{"--listen", "[::1]:0", "-workers=0", "--rate-limit=0"}, nil,
			func(s *Serve) { s.Listen, s.Workers, s.RateLimit = "[::1]:0", 0, 0 }},
		{"a flag wins, even over a bad variable", []string{"--workers", "2"}, []string{"FFLAMBDA_WORKERS=many"}, func(s *Serve) { s.Workers = 2 }},
		{"the last flag wins", []string{"--workers", "2", "--workers", "3"}, nil, func(s *Serve) { s.Workers = 3 }},
		{"paths", []string{"--data", "/srv/../srv/f", "--ffmpeg", "/opt/ffmpeg-7/bin/ffmpeg"}, nil,
			func(s *Serve) { s.Data, s.FFmpeg = "/srv/f", "/opt/ffmpeg-7/bin/ffmpeg" }},
		{"another name", []string{"--ffmpeg", "ffmpeg7"}, nil, func(s *Serve) { s.FFmpeg = "ffmpeg7" }},
		{"public URL", []string{"--public-url", "HTTPS://video.example:8443/"}, nil, func(s *Serve) { s.PublicURL = "https://video.example:8443" }},
		{"times", []string{"--retention", "30d", "--grace", "1m30s", "--timeout", "36500d"}, nil,
			func(s *Serve) { s.Grace, s.Timeout = 90*time.Second, 36500*24*time.Hour }},
		{"sizes", []string{"--max-input-bytes", "500 MB", "--max-output-bytes", "1.5tib"}, nil,
			func(s *Serve) { s.MaxInputBytes, s.MaxOutputBytes = 500e6, 3<<39 }},
		{"sizes in bytes", []string{"--max-input-bytes", "1", "--max-output-bytes", "1024TiB"}, nil,
			func(s *Serve) { s.MaxInputBytes, s.MaxOutputBytes = 1, 1<<50 }},
		{"limits", []string{"--max-memory", "1.5GiB", "--max-cpu", "90s"}, nil,
			func(s *Serve) { s.MaxMemoryBytes, s.MaxCPU = 3<<29, 90*time.Second }},
		{"limits of jobs", []string{"--max-queued", "0", "--max-queued-owner=100", "--max-running-owner", "2"}, nil,
			func(s *Serve) { s.Limits = job.Limits{QueuedOwner: 100, RunningOwner: 2} }},
		{"log", []string{"--log-level", "debug", "--log-format", "json"}, nil,
			func(s *Serve) { s.LogLevel, s.LogFormat = slog.LevelDebug, "json" }},
		{"ranges", nil, []string{"FFLAMBDA_ALLOW_PRIVATE=10.1.2.3/8, 192.168.1.7,fd00::1/8,::1,::ffff:127.0.0.1"}, func(s *Serve) {
			for _, text := range []string{"10.0.0.0/8", "192.168.1.7/32", "fd00::/8", "::1/128", "127.0.0.1/32"} {
				s.AllowPrivate = append(s.AllowPrivate, netip.MustParsePrefix(text))
			}
		}},
		{"quota", []string{"--quota", "minutes=0.5, jobs=500,bytes=50 GB"}, nil, func(s *Serve) {
			s.Quotas.Each = job.Quota{job.MetricMinutes: 0.5, job.MetricJobs: 500, job.MetricBytes: 50e9}
		}},
		{"quotas of owners", nil, []string{"FFLAMBDA_QUOTA=none", "FFLAMBDA_QUOTA_OWNERS=alice:jobs=0,bytes=0; bob:none"}, func(s *Serve) {
			s.Quotas = job.Quotas{Each: job.Quota{}, Owners: map[string]job.Quota{"alice": {job.MetricJobs: 0, job.MetricBytes: 0}, "bob": {}}}
		}},
		{"keys", nil, []string{"FFLAMBDA_API_KEYS=alice:KEY1, bob:KEY:2,alice:KEY3"}, func(s *Serve) {
			s.APIKeys = []Key{{"alice", "KEY1"}, {"bob", "KEY:2"}, {"alice", "KEY3"}}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want := defaults(t)
			c.want(&want)
			got, err := Parse(c.args, c.env, io.Discard)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, equalAddr(), secrets()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Every setting, with values that are none, by flag and by variable.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	table := map[string][]string{
		"listen":        {"", "8080", "127.0.0.1", "127.0.0.1:", "h:x", "h:70000", "h:-1", "::1:80"},
		"data":          {""},
		"public-url":    {"", "example.com", "ftp://h", "http://", "http://h/p", "http://h?q", "http://h?", "http://h#", "http://u@h", "http://h:port", "http:h", "http://:80"},
		"workers":       {"", "-1", "257", "2.5", "two", "99999999999999999999"},
		"ffmpeg":        {""},
		"api-keys":      {"", "alice", "alice:", ":KEY", "alice:KEY,", "a b:KEY", "alice:KEY 1", "alice:KÉY", "alice:KEY,bob:KEY", "../x:KEY"},
		"rate-limit":    {"", "-1", "NaN", "Inf", "ten", "1e999"},
		"rate-limit-v1": {"-0.1"},
		"quota":         {"", "500", "jobs", "jobs=", "jobs=-1", "jobs=1.5", "jobs=1,jobs=2", "jobs=1,", "minutes=NaN", "minutes=-1", "minutes=1h", "bytes=-1", "bytes=1XB", "euros=5", "jobs=1;bytes=2"},
		"quota-owners":  {"", "jobs=1", "alice", "alice:", "a b:jobs=1", "alice:jobs=1;alice:jobs=2", "alice:jobs=1;", "alice:jobs=x", "alice:jobs=1,bob:jobs=2"},
		"max-queued":    {"", "-1", "1.5", "many", "100000001"}, "max-queued-owner": {"-1"}, "max-running-owner": {"none"},
		"allow-private":    {"", "10.0.0.0/33", "10/8", "localhost", "10.0.0.1,", "fe80::1%eth0", "::ffff:10.0.0.0/104", "10.0.0.1-10.0.0.9"},
		"max-input-bytes":  {"", "0", "-1", "2XB", "1e9", "1.2.3MB", "GiB", "1025TiB", "0.1", "99999999999999999999999"},
		"input-stall":      {"0", "30"},
		"max-output-bytes": {"0"},
		"max-memory":       {"", "0", "all"},
		"max-cpu":          {"", "0", "-1s", "90"},
		"timeout":          {"", "0", "0s", "-1h", "21600", "1w", "d", "0d", "-1d", "1.5d", "36501d", "999999999999d", "1000000h"},
		"max-attempts":     {"0", "101"},
		"grace":            {"0s"},
		"retention":        {"soon"},
		"inbox-recipe":     {"", "mp4", "[]", "null", "{"},
		"store":            {"", "s3", "AWS"},
		"table":            {"", "my table"}, "bucket": {""}, "link-parameter": {""}, "webhook-parameter": {""},
		"queue-url": {"", "jobs", "ftp://h/q"}, "dead-url": {""}, "notices-url": {""},
		"sandbox":       {"", "yes", "Off"},
		"status-queued": {"", "sometimes", "Never"},
		"log-level":     {"", "loud", "INFO+2"},
		"log-format":    {"", "xml"},
	}
	for _, set := range settings() {
		values, ok := table[set.name]
		if !ok {
			t.Errorf("--%s has no bad value in this test", set.name)
		}
		for _, value := range values {
			_, err := Parse([]string{"--" + set.name, value}, nil, io.Discard)
			checkRefusal(t, "--"+set.name, value, set.secret, err)
			if value == "" {
				continue // an empty variable is one that is not set
			}
			_, err = Parse(nil, []string{set.env() + "=" + value}, io.Discard)
			checkRefusal(t, set.env(), value, set.secret, err)
		}
	}
}

func checkRefusal(t *testing.T, from, value string, secret bool, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("%s %q was accepted", from, value)
		return
	}
	want := fmt.Sprintf("%s %q: wants ", from, value)
	if secret {
		want = from + ": wants "
	}
	if !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q, want one line that starts with %q", err, want)
	}
	if strings.Contains(err.Error(), "KEY,") || strings.Contains(err.Error(), "KÉY") {
		t.Errorf("the error tells the key: %v", err)
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	t.Parallel()
	_, err := Parse(
		[]string{"--listne", ":1", "--workers=-1", "stray", "--nothing-like-it=5", "--grace", "0s", "-=x", "--log-level"},
		[]string{"FFLAMBDA_WORKER=1", "FFLAMBDA_SANDPIT=off", "FFLAMBDA_TIMEOUT=0", "FFLAMBDA_API_KEYS=hunter2", "FFLAMBDA_listen=:1"},
		io.Discard)
	want := "--listne: there is no such flag; is it --listen?\n" +
		"--nothing-like-it: there is no such flag; `fflambda serve --help` lists them\n" +
		"bad flag syntax: -=x\n" +
		"flag needs an argument: -log-level\n" +
		"FFLAMBDA_SANDPIT: there is no such setting; `fflambda serve --help` lists them\n" +
		"FFLAMBDA_WORKER: there is no such setting; is it FFLAMBDA_WORKERS?\n" +
		"FFLAMBDA_listen: there is no such setting; `fflambda serve --help` lists them\n" +
		"serve takes flags only, and 1 of its arguments are none: does a value with a space in it lack quotes?\n" +
		"--workers \"-1\": wants a whole number from 0 to 256\n" +
		"FFLAMBDA_API_KEYS: wants owner:key pairs with commas between them; the key of pair 1 is empty, or not ASCII letters, digits and signs without spaces\n" +
		"FFLAMBDA_TIMEOUT \"0\": wants a time above zero, such as 90s, 30m, 6h or 30d, of 100 years at most\n" +
		"--grace \"0s\": wants a time above zero, such as 90s, 30m, 6h or 30d, of 100 years at most"
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"--help"}, {"-h"}, {"--workers", "many", "--help"}} {
		var out strings.Builder
		if _, err := Parse(args, []string{"FFLAMBDA_API_KEYS=alice:hunter2", "FFLAMBDA_OLD=1"}, &out); !errors.Is(err, flag.ErrHelp) {
			t.Errorf("%q: got %v, want flag.ErrHelp", args, err)
		}
		jobtest.Golden(t, "help.golden", []byte(out.String()))
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	standard := defaults(t).Data
	for _, c := range []struct {
		args, env, rest []string
		dir             string
	}{
		{nil, nil, nil, standard},
		{[]string{"add", "alice"}, []string{"FFLAMBDA_DATA=/srv/f"}, []string{"add", "alice"}, "/srv/f"},
		{[]string{"--data", "/a", "add", "alice"}, []string{"FFLAMBDA_DATA=/srv/f"}, []string{"add", "alice"}, "/a"},
		{[]string{"add", "--data=/a", "alice", "-data", "/b"}, nil, []string{"add", "alice"}, "/b"},
		{[]string{"list"}, []string{"FFLAMBDA_WORKERS=many", "FFLAMBDA_REQUIRE=x"}, []string{"list"}, standard}, // serve's business
	} {
		s, rest, err := Store(c.args, c.env)
		if err != nil || s.Data != c.dir || s.InAWS() || !cmp.Equal(rest, c.rest) {
			t.Errorf("%q: got %q, %q, %v, want %q, %q", c.args, s.Data, rest, err, c.dir, c.rest)
		}
	}
	if s, rest, err := Store([]string{"add", "alice", "--table", "jobs"}, nil); err != nil || !s.InAWS() || s.AWS.Table != "jobs" || len(rest) != 2 {
		t.Errorf("--table: got %+v, %q, %v", s, rest, err)
	}
	if _, _, err := Store([]string{"list", "--help"}, nil); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("--help: got %v", err)
	}
	_, _, err := Store([]string{"list", "--dat", "x", "--listen", ":1", "--data="}, []string{"FFLAMBDA_DATE=x"})
	want := "--dat: there is no such flag; is it --data?\n" +
		"--listen: there is no such flag; `fflambda serve --help` lists them\n" +
		"FFLAMBDA_DATE: there is no such setting; is it FFLAMBDA_DATA?\n" +
		"--data \"\": wants a folder"
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAWS: all that is missing is told in one line, and a public URL may have a path.
func TestAWS(t *testing.T) {
	t.Parallel()
	env := []string{
		"FFLAMBDA_TABLE=jobs", "FFLAMBDA_BUCKET=files", "FFLAMBDA_QUEUE_URL=https://sqs.example/1/jobs",
		"FFLAMBDA_PUBLIC_URL=https://id.execute-api.eu-west-1.amazonaws.com/prod/", "FFLAMBDA_TIMEOUT=840s",
	}
	s, err := Function(env, "table", "queue-url")
	if err != nil || !s.InAWS() || s.AWS.Table != "jobs" || s.AWS.QueueURL != "https://sqs.example/1/jobs" ||
		s.PublicURL != "https://id.execute-api.eu-west-1.amazonaws.com/prod" || s.Timeout != 840*time.Second {
		t.Errorf("got %+v, %v", s, err)
	}
	_, err = Function([]string{"FFLAMBDA_BUCKET=files", "FFLAMBDA_TABLE=", "FFLAMBDA_TIMEOUT=soon"}, "table", "bucket", "link-parameter")
	want := "FFLAMBDA_TIMEOUT \"soon\": wants a time above zero, such as 90s, 30m, 6h or 30d, of 100 years at most\n" +
		"missing: FFLAMBDA_TABLE, FFLAMBDA_LINK_PARAMETER"
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = Parse([]string{"--store", "aws", "--dead-url", "https://sqs.example/1/dead"}, env, io.Discard)
	want = "missing: FFLAMBDA_NOTICES_URL, FFLAMBDA_LINK_PARAMETER, FFLAMBDA_WEBHOOK_PARAMETER"
	if diff := cmp.Diff(want, fmt.Sprint(err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Parse([]string{"--public-url", "https://h/p"}, nil, io.Discard); err == nil || !strings.Contains(err.Error(), "nothing after the host") {
		t.Errorf("a path on one machine: %v", err)
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	s := Serve{APIKeys: []Key{{"alice", "hunter2"}}}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "config", s, "key", s.APIKeys[0].Secret)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", s, "key", s.APIKeys[0].Secret)
	asJSON, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	shown := log.String() + string(asJSON) + fmt.Sprintf("%v %+v %#v %s %q %x", s, s, s, s.APIKeys, s.APIKeys, s.APIKeys[0].Secret)
	for _, text := range []string{"hunter2", fmt.Sprintf("%x", "hunter2")} {
		if strings.Contains(shown, text) {
			t.Errorf("%q is shown in %s", text, shown)
		}
	}
	if string(s.APIKeys[0].Secret) != "hunter2" {
		t.Error("the secret cannot be had at all")
	}
}

func TestURL(t *testing.T) {
	t.Parallel()
	for listening, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080", "[::1]:80": "http://[::1]:80", "[::]:80": "http://localhost:80",
		":80": "http://localhost:80", "0.0.0.0:80": "http://localhost:80", "host:80": "http://host:80",
	} {
		if got := (Serve{}).URL(listening); got != want {
			t.Errorf("%s: got %s, want %s", listening, got, want)
		}
		if got := (Serve{PublicURL: "https://v.example"}).URL(listening); got != "https://v.example" {
			t.Errorf("%s: got %s in spite of a public URL", listening, got)
		}
	}
}

// Whatever is typed, Parse comes back, and with no word of the keys.
func FuzzParse(f *testing.F) {
	f.Add("--listen :1 -=x --", "FFLAMBDA_API_KEYS=alice:hunter2")
	f.Add("- --- -h= --data", "FFLAMBDA_ALLOW_PRIVATE=10.0.0.0/8")
	f.Add("--nothing -- --nothing x --api-keys hunter2", "FFLAMBDA_MAX_INPUT_BYTES=1.5GiB")
	f.Fuzz(func(t *testing.T, args, variable string) {
		s, err := Parse(strings.Split(args, " "), []string{variable}, io.Discard)
		if err != nil && !errors.Is(err, flag.ErrHelp) && err.Error() == "" {
			t.Error("an error without a text")
		}
		if err == nil && (s.Timeout <= 0 || s.Grace <= 0 || s.Retention <= 0 || s.MaxInputBytes <= 0 || s.MaxAttempts <= 0 || !filepath.IsAbs(s.Data)) {
			t.Errorf("accepted as %+v", s)
		}
	})
}
