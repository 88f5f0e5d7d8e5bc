package localbucket

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3api"
	"github.com/versity/versitygw/s3api/middlewares"
)

// socket is where the gateway listens. It is relative to the working directory, which is the gateway's folder:
// a whole path may be longer than the 104 to 108 bytes that systems allow. One that a killed process left behind
// is replaced.
const socket = ".s3.sock"

// gateway is the running versitygw.
type gateway struct {
	server   *s3api.S3ApiServer
	backend  *posix.Posix
	stopping atomic.Bool
	served   chan struct{} // closed when the server has returned
}

// startGateway returns when the gateway listens, in some milliseconds: it cannot be stopped before that.
// It changes the working directory to dir, which must be absolute.
func startGateway(dir string, keys keys, told events, log *slog.Logger) (*gateway, error) {
	if err := (meta.XattrMeta{}).Test(dir); err != nil {
		return nil, fmt.Errorf("%w; choose a data folder on a local disk", err)
	}
	backend, err := posix.New(dir, meta.XattrMeta{}, posixOptions())
	if err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	account := auth.Account{Access: keys.Access, Secret: keys.Secret, Role: auth.RoleAdmin}
	server, err := s3api.New(backend, middlewares.RootUserConfig{Access: keys.Access, Secret: keys.Secret}, region,
		auth.NewIAMServiceSingle(account), nil, nil, told, nil,
		s3api.WithQuiet(), s3api.WithKeepAlive(), s3api.WithConcurrencyLimiter(4096, 1024), s3api.WithMpMaxParts(10000),
		s3api.WithSocketPerm(0o600), s3api.WithOnListen(func() { close(ready) }))
	if err != nil {
		backend.Shutdown()
		return nil, err
	}
	g := &gateway{server: server, backend: backend, served: make(chan struct{})}
	failed := make(chan error, 1)
	go func() {
		defer close(g.served)
		err := server.ServeMultiPort([]string{socket})
		failed <- err
		if !g.stopping.Load() {
			log.Error("the local S3 ended", "error", err)
		}
	}()
	select {
	case <-ready:
		return g, nil
	case err := <-failed:
		backend.Shutdown()
		return nil, fmt.Errorf("listen: %w", err)
	}
}

func posixOptions() posix.PosixOpts {
	o := posix.PosixOpts{
		CopyObjectThreshold: 5 << 30,
		ValidateBucketNames: true,
		// Only one process serves the folder, so locks between processes would guard nothing.
		ForceNoObjLockFile: true,
		// ETags are made of the CRC-64 that is taken of every object anyway, not of an MD5 besides.
		// They look like "CRC64NVME-jC0RBPLmr0E=": opaque, as HTTP has it, and no client of ours compares them
		// to an MD5. A Content-MD5 that a client sends is still checked.
		DataIntegrityEtag: true,
	}
	o.SetNewDirPerm(0o700)
	o.SetNewFilePerm(0o600)
	return o
}

// stop waits for requests under way, for at most 10 seconds (versitygw's own limit).
func (g *gateway) stop(ctx context.Context) error {
	g.stopping.Store(true)
	stopped := make(chan error, 1)
	go func() { stopped <- g.shutDown() }()
	select {
	case err := <-stopped:
		if err != nil {
			return fmt.Errorf("stop: %w", err)
		}
	case <-ctx.Done():
		return fmt.Errorf("stop: %w", ctx.Err())
	}
	g.backend.Shutdown()
	return nil
}

// shutDown ends the server. It may be ready and yet not serve: then a first try finds nothing to end, and it would serve on.
func (g *gateway) shutDown() error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		if err := g.server.ShutDown(); err != nil {
			return err
		}
		select {
		case <-g.served:
			return nil
		case <-again.C:
		}
	}
}
