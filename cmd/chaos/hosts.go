package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	clipName  = "clip.mp4"
	maxNotice = 1 << 20 // bytes of a webhook
)

// host is an HTTP server on 127.0.0.1 that can be down: then it hangs up on everybody.
type host struct {
	url    string
	server *http.Server

	mu   sync.Mutex
	down bool
}

func (h *host) serve(ctx context.Context, handler http.Handler) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h.url = "http://" + l.Addr().String()
	h.server = &http.Server{Handler: h.unlessDown(handler), ReadHeaderTimeout: 10 * time.Second}
	go h.server.Serve(l) //nolint:errcheck // it ends with Close
	return nil
}

func (h *host) unlessDown(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		down := h.down
		h.mu.Unlock()
		if !down {
			next.ServeHTTP(w, r)
			return
		}
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	})
}

func (h *host) set(down bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.down = down
}

// source is where inputs are.
type source struct {
	host
	clip string

	once sync.Mutex
	seen map[string]bool
}

// newSource makes the clip and serves it: under /clip.mp4, and under /flaky/…/clip.mp4 with 503 to who asks first.
func newSource(ctx context.Context, dir string) (*source, error) {
	s := &source{clip: filepath.Join(dir, clipName), seen: map[string]bool{}}
	cmd := exec.CommandContext(ctx, "ffmpeg", "-nostdin", "-y", "-loglevel", "error",
		"-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=1.5", "-f", "lavfi", "-i", "sine=duration=1.5",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", s.clip)
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make the clip: %w: %s", err, out)
	}
	return s, s.serve(ctx, s)
}

func (s *source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case !strings.HasSuffix(r.URL.Path, "/"+clipName):
		http.NotFound(w, r)
	case strings.HasPrefix(r.URL.Path, "/flaky/") && s.first(r.URL.Path):
		http.Error(w, "try again", http.StatusServiceUnavailable)
	default:
		http.ServeFile(w, r, s.clip)
	}
}

func (s *source) first(path string) bool {
	s.once.Lock()
	defer s.once.Unlock()
	was := s.seen[path]
	s.seen[path] = true
	return !was
}

// delivery is what came of a job's webhooks.
type delivery struct {
	Times  int
	Status string // of the job, in the last one
}

// receiver takes webhooks. The path is /<owner>.
type receiver struct {
	host

	got     map[string]delivery // by job
	bad     []string            // why one was not as it has to be
	secrets map[string]string   // by owner
}

func newReceiver() *receiver {
	return &receiver{got: map[string]delivery{}, secrets: map[string]string{}}
}

func (r *receiver) start(ctx context.Context, owners []owner) error {
	for _, o := range owners {
		r.secrets[o.name] = o.secret
	}
	return r.serve(ctx, r)
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, maxNotice))
	if err != nil {
		http.Error(w, "cut off", http.StatusBadRequest)
		return
	}
	if err := r.take(strings.TrimPrefix(req.URL.Path, "/"), req.Header, body); err != nil {
		r.mu.Lock()
		r.bad = append(r.bad, err.Error())
		r.mu.Unlock()
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// take checks the signature, as a receiver has to, and keeps what is told.
func (r *receiver) take(owner string, header http.Header, body []byte) error {
	verifier, err := standardwebhooks.NewWebhook(r.secrets[owner])
	if err != nil {
		return err
	}
	if err := verifier.Verify(body, header); err != nil {
		return fmt.Errorf("webhook of %s: %w", owner, err)
	}
	var told struct{ ID, Status string }
	if err := json.Unmarshal(body, &told); err != nil {
		return fmt.Errorf("webhook of %s: %w", owner, err)
	}
	if header.Get(standardwebhooks.HeaderWebhookID) != "msg_"+told.ID {
		return fmt.Errorf("webhook of job %s has the id %s", told.ID, header.Get(standardwebhooks.HeaderWebhookID))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got[told.ID] = delivery{r.got[told.ID].Times + 1, told.Status}
	return nil
}

// delivered is what has come so far, and what was wrong with it.
func (r *receiver) delivered() (map[string]delivery, []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := make(map[string]delivery, len(r.got))
	for id, d := range r.got {
		got[id] = d
	}
	return got, append([]string(nil), r.bad...)
}
