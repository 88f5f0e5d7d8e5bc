package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	answerTime = 15 * time.Second // that a client waits for an answer
	againAfter = 200 * time.Millisecond
	clients    = 24 // that are at work at the same time
	giveUp     = 5 * time.Minute
)

// accepted is a job that the service has said it took on.
type accepted struct {
	task
	id string
	// cancelled is what the cancel was answered: 0 where no answer says what became of it.
	cancelled int
}

// driver is the callers.
type driver struct {
	*world

	mu         sync.Mutex
	jobs       []accepted
	unanswered int      // creates without a key of which nobody knows whether they were taken on
	doubled    []string // keys that made two jobs
}

// run creates the tasks at the world's pace, and does with them what their owners want.
func (d *driver) run(ctx context.Context, tasks []task) error {
	tick := time.NewTicker(time.Duration(float64(time.Second) / d.pace))
	defer tick.Stop()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(clients)
	for _, t := range tasks {
		g.Go(func() error { return d.do(ctx, t, rand.New(rand.NewPCG(d.seed, uint64(t.n)))) }) //nolint:gosec // no secret
		select {
		case <-ctx.Done():
			return g.Wait()
		case <-tick.C:
		}
	}
	return g.Wait()
}

// do creates a task's job, by as many requests at once as it wants, and cancels it where it is to be.
func (d *driver) do(ctx context.Context, t task, r *rand.Rand) error {
	ids := make([]string, t.copies)
	var g errgroup.Group
	for i := range ids {
		own := rand.New(rand.NewPCG(r.Uint64(), uint64(i))) //nolint:gosec // no secret
		g.Go(func() (err error) {
			ids[i], err = d.create(ctx, t, own)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("create %s %d: %w", t.name, t.n, err)
	}
	a := accepted{task: t, id: ids[0]}
	for _, id := range ids[1:] {
		if id != a.id {
			d.mu.Lock()
			d.doubled = append(d.doubled, fmt.Sprintf("%s %s: jobs %s and %s", t.owner.name, t.key, a.id, id))
			d.mu.Unlock()
		}
	}
	if a.id == "" {
		d.mu.Lock()
		d.unanswered++
		d.mu.Unlock()
		return nil
	}
	if t.cancel != never {
		var err error
		if a.cancelled, err = d.unwant(ctx, a, r); err != nil {
			return fmt.Errorf("cancel %s: %w", a.id, err)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.jobs = append(d.jobs, a)
	return nil
}

// create asks until the job is taken on. Without a key it asks once more only where nothing can have come of it.
func (d *driver) create(ctx context.Context, t task, r *rand.Rand) (id string, err error) {
	path, body := t.request(d.world)
	err = d.until(ctx, func() (bool, error) {
		status, answer, err := d.ask(ctx, t, r, http.MethodPost, path, body)
		switch {
		case err == nil && (status == http.StatusOK || status == http.StatusCreated):
			id = idOf(answer)
			return id != "", nil // none: a wait that had begun to answer, and could not read the job
		case err == nil && status/100 == 4 && status != http.StatusTooManyRequests:
			return false, fmt.Errorf("answered %d: %s", status, answer)
		}
		return t.key == "" && !errors.Is(err, syscall.ECONNREFUSED), nil
	})
	return id, err
}

func idOf(answer []byte) string {
	var shown struct {
		ID   string
		Data struct{ ID string }
	}
	if json.Unmarshal(answer, &shown) != nil {
		return ""
	}
	return shown.ID + shown.Data.ID
}

// unwant cancels the job. The first answer says what became of that; after a request without one, none does.
func (d *driver) unwant(ctx context.Context, a accepted, r *rand.Rand) (status int, err error) {
	if a.cancel == whileRunning {
		if err := d.awaitRunning(ctx, a, r); err != nil {
			return 0, err
		}
	}
	method := http.MethodPost
	if a.path(a.id)[:3] == "/v1" {
		method = http.MethodPatch
	}
	sure := true
	err = d.until(ctx, func() (bool, error) {
		var err error
		status, _, err = d.ask(ctx, a.task, r, method, a.path(a.id)+"/cancel", nil)
		if err == nil && status < 500 && status != http.StatusTooManyRequests {
			return true, nil
		}
		sure = false
		return false, nil
	})
	if !sure {
		status = 0
	}
	return status, err
}

// awaitRunning returns when the job runs, or has ended.
func (d *driver) awaitRunning(ctx context.Context, a accepted, r *rand.Rand) error {
	return d.until(ctx, func() (bool, error) {
		status, answer, err := d.ask(ctx, a.task, r, http.MethodGet, a.path(a.id), nil)
		if err != nil || status != http.StatusOK {
			return false, nil //nolint:nilerr // asked again
		}
		s := statusOf(answer)
		return s != "queued" && s != "pending", nil
	})
}

func statusOf(answer []byte) string {
	var shown struct {
		Status string
		Data   struct{ Status string }
	}
	if json.Unmarshal(answer, &shown) != nil {
		return ""
	}
	return shown.Status + shown.Data.Status
}

// startOf is when the job's last attempt began, as /api says it.
func startOf(answer []byte) string {
	var shown struct {
		Data struct {
			StartedAt string `json:"started_at"`
		}
	}
	if json.Unmarshal(answer, &shown) != nil {
		return ""
	}
	return shown.Data.StartedAt
}

// ask makes one request, to some server.
func (d *driver) ask(ctx context.Context, t task, r *rand.Rand, method, path string, body object) (status int, answer []byte, err error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	c := d.client(t.owner, r)
	req, err := http.NewRequestWithContext(ctx, method, c.URL+path, bytes.NewReader(b))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+c.Key)
	req.Header.Set("Content-Type", "application/json")
	if t.key != "" && method == http.MethodPost {
		req.Header.Set("Idempotency-Key", t.key)
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close() //nolint:errcheck // read to the end
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

// until asks again and again, for as long as a job may take.
func (d *driver) until(ctx context.Context, done func() (bool, error)) error {
	ctx, stop := context.WithTimeout(ctx, giveUp)
	defer stop()
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		pause := time.NewTimer(againAfter)
		select {
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		case <-pause.C:
		}
	}
}
