package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/fflambda/fflambda/shared/job"
)

const checkers = 8 // jobs that are looked at at the same time

// ending is how a job ended, as its API shows it.
type ending struct {
	Status string            `json:"status"`
	Code   job.Code          `json:"error_code"`
	Files  map[string]string `json:"output_files"` // /api: name to link
}

// state is the API's word in ours, and Pending for all that has not ended.
func (e ending) state() job.State {
	switch e.Status {
	case "completed", "succeeded":
		return job.Succeeded
	case "failed":
		return job.Failed
	case "canceled", "cancelled":
		return job.Cancelled
	}
	return job.Pending
}

// excused are the codes with which a job may fail because of what went wrong around it: it ended, once, and says how.
func excused() []job.Code {
	return []job.Code{job.Internal, job.WorkerLost, job.InputUnreachable, job.InputTooLarge} // the last one: than the full disk has room for
}

// judge says what is wrong with a job's end. excuse: it ended by what was done to it.
func judge(a accepted, e ending) (fault string, excuse bool) {
	state := e.state()
	switch {
	case a.cancelled == http.StatusOK && state != job.Cancelled:
		return fmt.Sprintf("a cancel was answered with 200, and the job is %s", state), false
	case a.cancelled >= 400 && state == job.Cancelled:
		return fmt.Sprintf("a cancel was answered with %d, and the job is cancelled", a.cancelled), false
	case state == a.want && (state != job.Failed || e.Code == a.code):
		return "", false
	case state == job.Failed && slices.Contains(excused(), e.Code):
		return "", true
	case a.cancel == atOnce && state == job.Succeeded: // it was faster
		return "", false
	}
	return fmt.Sprintf("%s %s, want %s %s", state, e.Code, a.want, a.code), false
}

// checkJobs asks for every job that was accepted, and takes what it made.
func (d *driver) checkJobs(ctx context.Context, reference map[string]string, r *report) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(checkers)
	for _, a := range d.jobs {
		g.Go(func() error { return d.checkJob(ctx, a, reference, r) })
	}
	return g.Wait()
}

func (d *driver) checkJob(ctx context.Context, a accepted, reference map[string]string, r *report) error {
	e, status, err := d.show(ctx, a)
	if err != nil {
		return fmt.Errorf("look at job %s: %w", a.id, err)
	}
	var sum string
	var failed error
	if e.state() == job.Succeeded {
		sum, failed = d.download(ctx, a, e)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	fault, excuse := judge(a, e)
	switch {
	case status == http.StatusNotFound:
		r.wrong(lost, "job %s (%s)", a.id, a.name)
		return nil
	case !e.state().Terminal():
		r.wrong(stuck, "job %s (%s) is %s", a.id, a.name, e.Status)
		return nil
	case fault != "":
		r.wrong(wrong, "job %s (%s): %s", a.id, a.name, fault)
	case excuse:
		r.count("ended by what was done to them", string(e.Code))
	}
	r.count("jobs", a.name)
	r.count("ends", string(e.state()))
	switch {
	case failed != nil:
		r.wrong(half, "job %s (%s): %v", a.id, a.name, failed)
	case sum != "" && a.want == job.Succeeded && sum != reference[cmp.Or(a.like, a.name)]:
		r.wrong(half, "job %s (%s): its file is not that of a clean run", a.id, a.name)
	}
	return nil
}

// show reads a job until it is answered.
func (d *driver) show(ctx context.Context, a accepted) (e ending, status int, err error) {
	r := rand.New(rand.NewPCG(d.seed, uint64(a.n))) //nolint:gosec // no secret
	err = d.until(ctx, func() (bool, error) {
		var answer []byte
		status, answer, err = d.ask(ctx, a.task, r, http.MethodGet, a.path(a.id), nil)
		switch {
		case err != nil || status >= 500 || status == http.StatusTooManyRequests:
			return false, nil //nolint:nilerr // asked again
		case status != http.StatusOK:
			return true, nil
		case a.api == job.Transcodes:
			return true, json.Unmarshal(answer, &e)
		}
		return true, json.Unmarshal(answer, &struct{ Data *ending }{&e})
	})
	return e, status, err
}

// download takes the job's one file through its link, and gives its SHA-256.
func (d *driver) download(ctx context.Context, a accepted, e ending) (sum string, err error) {
	r := rand.New(rand.NewPCG(d.seed, uint64(a.n))) //nolint:gosec // no secret
	c := d.client(a.owner, r)
	var link string
	if a.api == job.Transcodes {
		link, err = c.TranscodeURL(ctx, a.id)
		if err != nil {
			return "", err
		}
	}
	for _, only := range e.Files {
		link = only
	}
	if link == "" {
		return "", errors.New("there is no link")
	}
	hash := sha256.New()
	n, err := c.Download(ctx, link, hash)
	if err == nil && n == 0 {
		err = io.ErrUnexpectedEOF
	}
	return hex.EncodeToString(hash.Sum(nil)), err
}
