package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/cmd/internal/client"
	"github.com/fflambda/fflambda/shared/job"
)

// Homes of the service.
const (
	homeLocal = "local"
	homeAWS   = "aws"
)

// diskSize is what a server's folder may hold: little, so that it can be filled.
const diskSize = 256 << 20

// store is the table and the bucket, looked into past the service.
type store interface {
	Find(ctx context.Context, id string) (job.Job, error)
	Overdue(ctx context.Context, o job.Overdue) ([]job.Job, error)
	Objects(ctx context.Context) (keys []string, err error)      // under jobs/
	Parts(ctx context.Context) (int, error)                      // uploads that were begun and neither ended nor given up
	Messages(ctx context.Context) (waiting, held int, err error) // in the queues: to be received, or dead; and received, but neither ended nor back
	Close() error
}

// stack is a home in stand-ins for AWS that are there already. The zero value has them started.
type stack struct{ dynamodb, moto string }

// owner is who creates jobs.
type owner struct {
	name   string
	key    string
	secret string // of its webhooks
}

// world is everything: the servers, the hosts outside, the folder.
type world struct {
	options
	dir      string
	history  string
	servers  []*server
	owners   []owner
	source   *source
	receiver *receiver
	look     func(context.Context) (store, error)

	hold    func() // ends what was started beside
	mounted []string
}

func newWorld(ctx context.Context, o options, s stack) (*world, error) {
	root, err := repository(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "fflambda-chaos-")
	if err != nil {
		return nil, err
	}
	w := &world{options: o, dir: dir, history: filepath.Join(dir, "history.jsonl"), hold: func() {}}
	if err := w.fill(ctx, root, s); err != nil {
		return nil, errors.Join(err, w.end(context.WithoutCancel(ctx), false))
	}
	return w, nil
}

// fill makes everything that is in it. No server runs yet.
func (w *world) fill(ctx context.Context, root string, s stack) error {
	program, err := build(ctx, root, w.dir)
	if err != nil {
		return err
	}
	if w.source, err = newSource(ctx, w.dir); err != nil {
		return err
	}
	w.receiver = newReceiver()
	if w.home == homeAWS {
		err = w.inAWS(ctx, program, root, s)
	} else {
		err = w.local(ctx, program)
	}
	if err != nil {
		return err
	}
	return w.makeOwners(ctx)
}

// local is one machine: one server on one folder.
func (w *world) local(ctx context.Context, program string) error {
	s, err := w.addServer(ctx, program)
	if err != nil {
		return err
	}
	w.look = func(ctx context.Context) (store, error) { return openLocal(ctx, s.data) }
	return nil
}

// addServer makes a server, on a disk of its own where that is allowed. It does not start it.
func (w *world) addServer(ctx context.Context, program string, env ...string) (*server, error) {
	name := "server" + strconv.Itoa(len(w.servers)+1)
	data := filepath.Join(w.dir, name)
	if err := os.Mkdir(data, 0o700); err != nil {
		return nil, err
	}
	if w.mode != "soak" && mountDisk(data, diskSize) == nil { // a soak keeps more than that
		w.mounted = append(w.mounted, data)
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	s := &server{
		url: "http://" + address, data: data, main: program, log: filepath.Join(w.dir, name+".log"),
		args: []string{"serve", "--listen", address, "--workers", "2"},
		env: append([]string{
			"FFLAMBDA_DATA=" + data, "FFLAMBDA_RATE_LIMIT=0", "FFLAMBDA_ALLOW_PRIVATE=127.0.0.1/32", "FFLAMBDA_GRACE=2s",
			"FFLAMBDA_MAX_ATTEMPTS=20", "FFLAMBDA_LOG_LEVEL=debug",
		}, env...),
	}
	w.servers = append(w.servers, s)
	return s, nil
}

// freeAddress is one of this machine that nobody listened on a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// repository is the folder of go.mod.
func repository(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", err
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// disturbed is what a server is told of faults: each start has others.
func (w *world) disturbed(s *server) string {
	return fmt.Sprintf("seed=%d,rate=%g,hurry=%d,history=%s", w.seed*1000+uint64(s.starts), w.rate, w.hurry, w.history)
}

// undisturbed has no faults.
func (w *world) undisturbed() string {
	return fmt.Sprintf("rate=0,hurry=%d,history=%s", w.hurry, w.history)
}

var keyID = regexp.MustCompile(`This is key (\S+) of`)

// makeOwners makes keys, as an operator would.
func (w *world) makeOwners(ctx context.Context) error {
	for _, name := range []string{"alice", "bob", "carol"} {
		add, said, err := w.fflambda(ctx, "keys", "add", name)
		if err != nil {
			return err
		}
		id := keyID.FindStringSubmatch(said)
		if id == nil {
			return fmt.Errorf("keys add said no id: %s", said)
		}
		secret, _, err := w.fflambda(ctx, "keys", "secret", id[1])
		if err != nil {
			return err
		}
		w.owners = append(w.owners, owner{name, add, secret})
	}
	return nil
}

// fflambda runs another of the program's commands, beside the first server.
func (w *world) fflambda(ctx context.Context, args ...string) (out, said string, err error) {
	s := w.servers[0]
	cmd := exec.CommandContext(ctx, s.main, args...)
	cmd.Env = append(bare(), s.env...)
	var text strings.Builder
	cmd.Stderr = &text
	b, err := cmd.Output()
	if err != nil {
		return "", "", fmt.Errorf("fflambda %s: %w: %s", strings.Join(args, " "), err, text.String())
	}
	return strings.TrimSpace(string(b)), text.String(), nil
}

// client is one of an owner's, at some server.
func (w *world) client(o owner, r *rand.Rand) *client.Client {
	c := client.New(w.servers[r.IntN(len(w.servers))].url, o.key)
	c.HTTP.Timeout = answerTime
	return c
}

// end stops everything. The folder goes, but for the history and the logs where they are kept.
func (w *world) end(ctx context.Context, keep bool) error {
	var errs []error
	for _, s := range w.servers {
		errs = append(errs, s.kill())
	}
	if w.source != nil {
		errs = append(errs, w.source.server.Close())
	}
	if w.receiver != nil && w.receiver.server != nil {
		errs = append(errs, w.receiver.server.Close())
	}
	w.hold()
	for _, dir := range w.mounted {
		if keep {
			errs = append(errs, exec.CommandContext(ctx, "cp", "-a", dir, dir+"-kept").Run())
		}
		errs = append(errs, unmountDisk(dir))
	}
	if !keep {
		errs = append(errs, os.RemoveAll(w.dir))
	}
	return errors.Join(errs...)
}
