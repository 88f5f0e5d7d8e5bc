// Package samlocal runs the service's functions on this machine under `sam local`, with moto in AWS's place: Start makes
// the table, the queues and the bucket there and fills in what events/*.json speak of; Lambda and API start SAM's servers;
// Pump does what Lambda's event source mappings and EventBridge do.
//
// Containers reach moto at the address of Docker's bridge, which is this machine. Nothing listens on any other interface.
package samlocal

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/toolbox"
)

// Names of what Start makes, and the key whose holder may use it.
const (
	Owner  = "demo"
	Secret = "ffl_example-key-for-sam-local" //nolint:gosec // opens nothing but these stand-ins

	Table  = "fflambda-local"
	Bucket = "fflambda-local"

	linkName = "/fflambda-local/link-key"
	hookName = "/fflambda-local/webhook-secret"
)

// Config says where the project is and how patient the queues are.
type Config struct {
	Root string // of the repository: template.yaml is there
	Dir  string // for env.json and logs

	Visibility time.Duration // of messages that a function got; whole seconds
	MaxReceive int           // deliveries before a message is a dead letter

	// Fault says which requests to AWS are answered 500 instead of being passed on. Nil: none.
	Fault func(r *http.Request, body []byte) bool
}

// World is a running stand-in with everything the functions need in it.
type World struct {
	Config
	Bridge   string // Docker's address of this machine
	Endpoint string // of moto
	AWS      aws.Config

	Jobs, Notices, Inbox queue.Config

	moto  *server
	front *front
	known map[string]bool // containers that were there before
}

// Start starts moto and makes everything in it. Stop ends it.
func Start(ctx context.Context, c Config) (*World, error) {
	w := &World{Config: c}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if w.Bridge, err = bridge(ctx); err != nil {
		return nil, err
	}
	if w.known, err = containers(ctx); err != nil {
		return nil, err
	}
	moto, err := Tool(c.Root, "moto_server")
	if err != nil {
		return nil, err
	}
	port, err := freePort(ctx, w.Bridge)
	if err != nil {
		return nil, err
	}
	w.Endpoint = "http://" + net.JoinHostPort(w.Bridge, port)
	if w.moto, err = run(ctx, c, "moto", w.Endpoint, moto, "-H", w.Bridge, "-p", port); err != nil {
		return nil, err
	}
	if w.front, err = between(ctx, w.Bridge, w.Endpoint, c.Fault); err != nil {
		return nil, errors.Join(err, w.Stop(context.WithoutCancel(ctx)))
	}
	w.Endpoint = w.front.url
	if err := w.fill(ctx); err != nil {
		return nil, errors.Join(err, w.Stop(context.WithoutCancel(ctx)))
	}
	return w, nil
}

// fill makes what a stack has, and what the example events speak of.
func (w *World) fill(ctx context.Context) error {
	env := map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "defaultkey", "AWS_SECRET_ACCESS_KEY": "defaultsecret", "AWS_ENDPOINT_URL": w.Endpoint,
	}
	var err error
	if w.AWS, err = cloud.Environment(func(name string) string { return env[name] }); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{w.makeTable, w.makeQueues, w.makeBucket, w.seed} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return w.writeEnv()
}

// Stop ends moto, and removes the containers that SAM may have left.
func (w *World) Stop(ctx context.Context) error {
	w.front.close()
	w.moto.stop()
	left, err := w.Left(ctx)
	if err != nil || len(left) == 0 {
		return err
	}
	return exec.CommandContext(ctx, "docker", append([]string{"rm", "-f"}, left...)...).Run() //nolint:gosec // ids that docker said
}

// Left are the containers of SAM that were not there when the World began.
func (w *World) Left(ctx context.Context) (ids []string, err error) {
	now, err := containers(ctx)
	for id := range now {
		if !w.known[id] {
			ids = append(ids, id)
		}
	}
	return ids, err
}

// Tool finds one of the programs of `scripts/setup aws`.
func Tool(root, name string) (string, error) {
	path, err := toolbox.Find(root, name)
	if err != nil {
		return "", fmt.Errorf("%w: `scripts/setup aws` installs it", err)
	}
	return path, nil
}

// Architecture is what SAM calls the processor of this machine.
func Architecture() string {
	if runtime.GOARCH == "amd64" {
		return "x86_64"
	}
	return runtime.GOARCH
}

// bridge is the address at which containers reach this machine.
func bridge(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "docker", "network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}").Output()
	address := strings.TrimSpace(string(out))
	if err != nil || net.ParseIP(address) == nil {
		return "", fmt.Errorf("docker does not run: `scripts/setup sam` starts it (%w)", err)
	}
	return address, nil
}

// containers are the ids of all containers that some `sam local` made.
func containers(ctx context.Context) (map[string]bool, error) {
	out, err := exec.CommandContext(ctx, "docker", "ps", "-aq", "--no-trunc", "--filter", "label=sam.cli.container.type=lambda").Output()
	if err != nil {
		return nil, fmt.Errorf("docker ps: %w", err)
	}
	ids := map[string]bool{}
	for id := range strings.FieldsSeq(string(out)) {
		ids[id] = true
	}
	return ids, nil
}

// freePort is a port of the address that nobody listened on a moment ago.
func freePort(ctx context.Context, address string) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}
