package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/fflambda/fflambda/shared/hooks"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/notify"
	"github.com/fflambda/fflambda/shared/sqlite"
)

// The whole way: 20 receivers that never end their answers and one that is quick, a real queue, a real poster.
func TestRunIsNotHeldBySlowReceivers(t *testing.T) {
	t.Parallel()
	got := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		got <- r
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	secrets, err := hooks.NewSecrets(make([]byte, hooks.SecretBytes))
	if err != nil {
		t.Fatal(err)
	}
	poster := hooks.New(hooks.Config{
		Secrets: secrets, AllowPrivate: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Timeout: 100 * time.Millisecond, Now: time.Now,
	})
	d := newDesk(t, func(c *notify.Config) { c.Post = poster.Post })
	queue := d.db.Queue("notices", sqlite.QueueConfig{Visibility: notify.Visibility})
	for range 20 {
		if err := queue.Send(t.Context(), d.ended(t, server.URL+"/slow", "").ID, "", 0); err != nil {
			t.Fatal(err)
		}
	}
	quick := d.ended(t, server.URL+"/quick", "")
	if err := queue.Send(t.Context(), quick.ID, "", 0); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		notify.Loop{Queue: queue, Handle: d.Handle, AtOnce: notify.AtOnce, Log: slog.New(slog.DiscardHandler)}.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
	select {
	case r := <-got:
		checkDelivery(t, r, quick, secrets.Of(quick.KeyID, 0))
	case <-time.After(30 * time.Second):
		t.Fatal("the quick receiver was not called")
	}
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for left := 1; left > 0; <-poll.C { // until all are handled and deleted; their next messages go to d.queue
		c, err := queue.Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left = c.Waiting + c.InFlight
	}
}

// Of one host that does not answer only so many are called at a time. The others of it are put off, which is no try, and
// leave room for other hosts.
func TestOneSlowHostHoldsNoOther(t *testing.T) {
	t.Parallel()
	const slots, slow = 20, 40
	quick := make(chan struct{})
	release := make(chan struct{})
	var mu sync.Mutex
	var busy, most int
	d := newDesk(t, func(c *notify.Config) {
		c.Turns = notify.NewTurns()
		c.Post = func(_ context.Context, j job.Job, _ []byte) (int, error) {
			if j.WebhookURL == "https://quick.example/" {
				close(quick)
				return 204, nil
			}
			mu.Lock()
			busy++
			most = max(most, busy)
			mu.Unlock()
			<-release
			mu.Lock()
			busy--
			mu.Unlock()
			return 503, &answer{}
		}
	})
	queue := d.db.Queue("notices", sqlite.QueueConfig{Visibility: notify.Visibility})
	var ids []string
	for i := range slow + 1 {
		url := "https://SLOW.example/"
		if i == slow {
			url = "https://quick.example/"
		}
		ids = append(ids, d.ended(t, url, "").ID)
		if err := queue.Send(t.Context(), ids[i], "", 0); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		notify.Loop{Queue: queue, Handle: d.Handle, AtOnce: slots, Log: slog.New(slog.DiscardHandler)}.Run(ctx)
	}()
	select {
	case <-quick:
	case <-time.After(30 * time.Second):
		t.Error("the quick receiver was not called")
	}
	close(release)
	stop()
	<-done
	putOff := 0
	for _, id := range ids[:slow] {
		if n := d.notice(t, id); n.DueAt.Equal(job.Milli(d.clock.now().Add(15*time.Second))) && n.Tries == 0 && n.Calls.Count == 0 {
			putOff++
		}
	}
	if putOff < slow-slots || most != 16 {
		t.Errorf("%d were put off, at most %d were called at a time", putOff, most)
	}
}

func checkDelivery(t *testing.T, r *http.Request, j job.Job, secret string) {
	t.Helper()
	body, _ := io.ReadAll(r.Body)
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := verifier.Verify(body, r.Header); err != nil {
		t.Error(err)
	}
	var told struct {
		ID          string            `json:"id"`
		Status      string            `json:"status"`
		OutputFiles map[string]string `json:"output_files"`
	}
	if err := json.Unmarshal(body, &told); err != nil {
		t.Fatal(err)
	}
	if told.ID != j.ID || told.Status != "succeeded" || told.OutputFiles["out.mp4"] != "https://files.example/out.mp4" {
		t.Errorf("got %s", body)
	}
}
