// Package config reads what fflambda is told by flags and by FFLAMBDA_* variables, into one struct that is valid as a whole.
//
// Parse is for `fflambda serve`, Store for the subcommands that only need the keys, Function for Lambda functions. There is one table of settings;
// a setting's flag and variable share name, form and default, and a flag wins. All that is wrong is told at once.
package config

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Serve is what `fflambda serve` runs with.
type Serve struct {
	Listen    string // host:port; port 0 lets the system choose
	Data      string // absolute
	PublicURL string // scheme://host, no slash at the end; empty if none was given: see URL
	Workers   int    // 0: this process takes no jobs
	FFmpeg    string // absolute, or a name to look up in PATH

	APIKeys     []Key
	RateLimit   float64 // requests a second and key on /api; 0: off
	RateLimitV1 float64 // the same on /v1
	Quotas      job.Quotas
	Limits      job.Limits // of waiting and running jobs

	AllowPrivate   []netip.Prefix // masked; IPv4 is never written as IPv6
	MaxInputBytes  int64          // of one input
	InputStall     time.Duration  // before the first byte of one, and between two
	MaxOutputBytes int64          // of all outputs of one job
	Timeout        time.Duration  // of one attempt at a job that names none
	MaxMemoryBytes int64          // of one ffmpeg; 0: an equal share of the machine's for each worker
	MaxCPU         time.Duration  // of one ffmpeg, in all its threads; 0: the job's time on all processors
	MaxAttempts    int
	Grace          time.Duration // for running jobs at SIGTERM
	Retention      time.Duration // of uploads and outputs

	InboxRecipe string // JSON; empty: the default one

	Store string // "local": everything is in Data; "aws": in what AWS names
	AWS   AWS

	Sandbox      bool // whether ffmpeg runs in the kernel's sandbox; a kernel that has none is then an error
	StatusQueued bool // whether the transcodes API shows "queued"; false: it says "pending" instead
	LogLevel     slog.Level
	LogFormat    string // "text" or "json"
}

// Values of Serve.Store.
const (
	storeLocal = "local"
	storeAWS   = "aws"
)

// InAWS reports whether jobs, keys and files are in AWS.
func (s Serve) InAWS() bool { return s.Store == storeAWS }

// AWS names the parts of a service in AWS. A function needs some of them, `serve --store aws` all.
type AWS struct {
	Table, Bucket                   string
	QueueURL, DeadURL               string // of jobs, and their dead-letter queue
	NoticesURL                      string // of jobs that ended and have somebody to tell
	LinkParameter, WebhookParameter string // SSM parameters that hold secrets
}

// Key is an API key that the operator chose.
type Key struct {
	Owner  string // job.IsOwner
	Secret Secret
}

// Secret is a text that no log, format verb or JSON shows. string(s) has it.
type Secret string

const hidden = "[hidden]"

// Format writes the same for every verb.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, hidden) }

// MarshalText makes JSON and slog write the same.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Parse reads the arguments after `serve` and the environment. On --help it writes the help to out and
// returns flag.ErrHelp. Its error has a line for everything that is wrong.
func Parse(args, environ []string, out io.Writer) (Serve, error) {
	in := read(settings(), settings(), args, environ)
	if in.help {
		return Serve{}, errors.Join(writeHelp(out), flag.ErrHelp)
	}
	if n := len(in.rest); n > 0 { // not shown: it may be the rest of --api-keys after a space
		in.wrong("serve takes flags only, and %d of its arguments are none: does a value with a space in it lack quotes?", n)
	}
	s := Serve{Workers: max(1, runtime.GOMAXPROCS(0)/2)} // what a container may use counts, not what the machine has
	for _, set := range settings() {
		in.apply(&s, set)
	}
	switch {
	case s.Store == storeAWS:
		in.require(awsNames()...)
	case strings.Count(s.PublicURL, "/") > 2:
		told := in.values["public-url"]
		in.wrong("%s %q: wants nothing after the host: the files have paths of their own there", told.from, told.raw)
	}
	if err := errors.Join(in.problems...); err != nil {
		return Serve{}, err
	}
	return s, nil
}

// Function reads what a function in AWS is told by its environment, which must hold the settings named. All that are
// missing or wrong are told in one error.
func Function(environ []string, required ...string) (Serve, error) {
	in := read(nil, settings(), nil, environ)
	s := Serve{Workers: 1}
	for _, set := range settings() {
		in.apply(&s, set)
	}
	in.require(required...)
	s.Store = storeAWS
	return s, errors.Join(in.problems...)
}

// Store reads where keys and jobs are, for a subcommand that works beside a server: --data, or --table, --webhook-parameter,
// --queue-url and --notices-url in AWS, and the keys that are nowhere else, --api-keys. It gives back the other arguments. Of the Serve only these are set, and Store. On --help the error is flag.ErrHelp.
func Store(args, environ []string) (s Serve, rest []string, err error) {
	var only []setting
	for _, set := range settings() {
		if slices.Contains([]string{"data", "table", "webhook-parameter", "queue-url", "notices-url", "api-keys"}, set.name) {
			only = append(only, set)
		}
	}
	in := read(only, settings(), args, environ)
	if in.help {
		return Serve{}, nil, flag.ErrHelp
	}
	for _, set := range only {
		in.apply(&s, set)
	}
	if err := errors.Join(in.problems...); err != nil {
		return Serve{}, nil, err
	}
	s.Store = storeLocal
	if s.AWS.Table != "" {
		s.Store = storeAWS
	}
	return s, in.rest, nil
}

// URL is where clients reach the server: PublicURL, or else the address that it listens on.
func (s Serve) URL(listening string) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	host, port, err := net.SplitHostPort(listening)
	if err != nil {
		return "http://" + listening
	}
	if addr, err := netip.ParseAddr(host); host == "" || err == nil && addr.IsUnspecified() {
		host = "localhost" // 0.0.0.0 is no address to go to
	}
	return "http://" + net.JoinHostPort(host, port)
}
