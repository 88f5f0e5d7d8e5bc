package functions_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/fflambda/fflambda/functions/internal/work"
	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/job"
)

// TestPassingFaults: a job goes its whole way though AWS fails the first call, or the first two, of every kind.
func TestPassingFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*testing.T){}
	for name, faults := range map[string][]fault{
		"500":            {{times: 2, does: refuse(500, "InternalServerError")}},
		"503":            {{times: 2, does: refuse(503, "ServiceUnavailable")}},
		"cut connection": {{times: 2, does: cut}},
		// A client that was throttled is slow for some seconds: that is what it is for. So not all operations.
		"throttling": {
			{operation: "DynamoDB.PutItem", times: 1, does: refuse(400, "ThrottlingException")},
			{operation: "SQS.", times: 1, does: refuse(400, "RequestThrottled")},
			{operation: "S3.GET", times: 1, does: refuse(503, "SlowDown")},
		},
		"throughput": {{operation: "DynamoDB.GetItem", times: 1, does: refuse(400, "ProvisionedThroughputExceededException")}},
	} {
		tests[name] = func(t *testing.T) {
			s := newSite(t, "")
			all := life(t, s, func() *instance {
				i := s.instance(t)
				i.wire.breaks(faults...)
				return i
			})
			if _, total := services(slices.Collect(maps.Values(all))...); total <= lifeCalls {
				t.Errorf("%d calls, as many as without a fault", total)
			}
		}
	}
	atOnce(t, tests)
}

// atOnce runs tests that mostly wait all at the same time; of t.Parallel's there are only as many as processors.
func atOnce(t *testing.T, tests map[string]func(*testing.T)) {
	t.Helper()
	var all sync.WaitGroup
	for name, test := range tests {
		all.Go(func() { t.Run(name, test) })
	}
	all.Wait()
}

// TestLastingFaults: what AWS does not do for a while is a 503, in the words of the API that was called.
func TestLastingFaults(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	done := s.created(t)
	s.instance(t).worker(t).handled(t, s.take(t))
	s.wantState(t, done.ID, job.Succeeded, 1)
	commands := s.request(t, "create-ffmpeg")
	commands.Body = strings.Replace(commands.Body, "sample.mp4", "tone.wav", 1)
	down := func(operation string) fault {
		return fault{operation: operation, times: always, does: refuse(500, "InternalServerError")}
	}
	tests := map[string]func(*testing.T){}
	for name, c := range map[string]struct {
		fault fault
		event events.APIGatewayProxyRequest
		verb  api.Verb
		api   job.API
	}{
		"the key":           {down("DynamoDB.GetItem"), s.create(t), api.Create, job.Transcodes},
		"the key, /api":     {down("DynamoDB.GetItem"), commands, api.Create, job.FFmpeg},
		"create":            {down("DynamoDB.PutItem"), s.create(t), api.Create, job.Transcodes},
		"create, /api":      {down("DynamoDB.PutItem"), commands, api.Create, job.FFmpeg},
		"create, cut":       {fault{operation: "DynamoDB.PutItem", times: always, does: cut}, s.create(t), api.Create, job.Transcodes},
		"create, throttled": {fault{operation: "DynamoDB.PutItem", times: always, does: refuse(400, "ThrottlingException")}, commands, api.Create, job.FFmpeg},
		"list":              {down("DynamoDB.Query"), s.request(t, "status-list"), api.Status, job.Transcodes},
		"list, /api":        {down("DynamoDB.Query"), s.request(t, "status-list", "/v1/transcodes", "/api/jobs"), api.Status, job.FFmpeg},
		"cancel":            {down("DynamoDB.UpdateItem"), s.request(t, "cancel", "6f1c2a34-0000-4000-8000-000000000002", done.ID), api.Cancel, job.Transcodes},
		"confirm":           {down("S3.HEAD"), s.request(t, "probe"), api.Probe, job.Transcodes},
		"ffprobe":           {down("S3.HEAD"), s.request(t, "probe-ffprobe"), api.Probe, job.Transcodes},
		"link":              {down("SSM."), s.request(t, "download-link"), api.Download, job.Transcodes},
	} {
		tests[name] = func(t *testing.T) {
			i := s.instance(t)
			i.wire.breaks(c.fault)
			a := i.request(t, c.event, c.verb)
			words := [2]string{"error", "details"}
			if c.api == job.FFmpeg {
				words = [2]string{"errorCode", "message"}
			}
			if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") != "5" || a.body[words[0]] == nil || len(a.body) > 2 {
				t.Errorf("%d %v, Retry-After %q; want a 503 with %q", a.status, a.body, a.header.Get("Retry-After"), words)
			}
			if text := fmt.Sprint(a.body); strings.Contains(text, "127.0.0.1") || strings.Contains(text, "operation error") {
				t.Errorf("the answer tells what is nobody's business: %s", text)
			}
			i.log.want(t, `"busy"`)
		}
	}
	atOnce(t, tests)
}

// TestHealth: the health check names the part that is out of reach.
func TestHealth(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	health := s.request(t, "create-health")
	if a := s.instance(t).request(t, health, api.Create); a.status != http.StatusOK || a.body["ok"] != true {
		t.Fatalf("without a fault: %d %v", a.status, a.body)
	}
	for operation, part := range map[string]string{"DynamoDB.": "table", "SQS.": "queue", "S3.": "bucket"} {
		t.Run(part, func(t *testing.T) {
			t.Parallel()
			i := s.instance(t)
			i.wire.breaks(fault{operation: operation, times: always, does: refuse(503, "ServiceUnavailable")})
			a := i.request(t, health, api.Create)
			if said, _ := a.body["error"].(string); a.status != http.StatusInternalServerError || a.body["ok"] != false || !strings.Contains(said, part) {
				t.Errorf("%d %v; want a 500 that names the %s", a.status, a.body, part)
			}
		})
	}
}

// TestQueueDown: a job is taken though its message cannot be sent. Rescue sends it.
func TestQueueDown(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	create := s.instance(t)
	create.wire.breaks(fault{operation: "SQS.", times: always, does: refuse(503, "ServiceUnavailable")})
	commands := s.request(t, "create-ffmpeg")
	commands.Body = strings.Replace(commands.Body, "sample.mp4", "tone.wav", 1)
	made, own := create.request(t, s.create(t), api.Create), create.request(t, commands, api.Create)
	if made.status != http.StatusCreated || own.status != http.StatusOK {
		t.Fatalf("create: %d %v and %d %v", made.status, made.body, own.status, own.body)
	}
	create.log.want(t, "rescue will")
	data, _ := own.body["data"].(map[string]any)
	ids := []string{fmt.Sprint(made.body["id"]), fmt.Sprint(data["id"])}
	rescue := work.Parts(s.instance(t).Home).Rescue()
	must(t, rescue.Round(t.Context()))
	for _, id := range ids {
		s.wantState(t, id, job.Pending, 0) // too soon: its creator may be about to send
	}
	rescue.Now = func() time.Time { return time.Now().Add(31 * time.Second) }
	must(t, rescue.Round(t.Context()))
	sent := map[string]bool{}
	for range ids {
		sent[s.take(t).Records[0].Body] = true
	}
	for _, id := range ids {
		s.wantState(t, id, job.Queued, 0)
		if !sent[id] {
			t.Errorf("no message of %s", id)
		}
	}
}

// TestTooLarge: what does not fit into an item of DynamoDB is refused at once, in words that help.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	named := map[string]string{} // 100 URLs of 8 KB
	for n := range 100 {
		named[fmt.Sprintf("in%d.mp4", n)] = "https://media.example/" + noise(8000)
	}
	var options []map[string]string // /v1 takes 10 URLs, but any number of options
	for range 15 {
		options = append(options, map[string]string{"option": "-metadata", "argument": "title=" + noise(60_000)})
	}
	i := s.instance(t)
	for file, body := range map[string]map[string]any{
		"create": {"inputs": []any{map[string]string{"url": s.tone()}}, "outputFormat": "mp4", "options": options},
		"create-ffmpeg": {
			"input_files": named, "output_files": []string{"out.mp4"}, "ffmpeg_commands": []string{"-i {{in0.mp4}} {{out.mp4}}"},
		},
	} {
		event := s.request(t, file)
		b, err := json.Marshal(body)
		must(t, err)
		event.Body = string(b)
		a := i.request(t, event, api.Create)
		if said := fmt.Sprint(a.body); a.status != http.StatusBadRequest || !strings.Contains(said, "too large to be stored (400 KB): use fewer or shorter input URLs") {
			t.Errorf("%s: %d %.200s; want a 400 with advice", file, a.status, said)
		}
	}
}

// noise is that many hexadecimal digits, which no packing makes fewer than half.
func noise(digits int) string {
	b := make([]byte, digits/2)
	rand.Read(b) //nolint:errcheck // documented never to fail
	return hex.EncodeToString(b)
}
