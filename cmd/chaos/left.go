package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fflambda/fflambda/cmd/chaos/history"
	"github.com/fflambda/fflambda/shared/job"
)

const (
	goneTime  = 30 * time.Second // for what a server leaves to end: messages without work, processes
	sweepTime = 30 * time.Second
)

// checkWebhooks compares what the receiver got with what every job had to tell.
func (d *driver) checkWebhooks(r *report) {
	got, bad := d.receiver.delivered()
	for _, text := range bad {
		r.wrong(forged, "%s", text)
	}
	wanted, times := 0, 0
	for _, a := range d.jobs {
		if !a.webhook {
			continue
		}
		wanted++
		if got[a.id].Times == 0 {
			r.wrong(silent, "job %s (%s)", a.id, a.name)
		}
		times += got[a.id].Times
	}
	r.note("webhooks", "%d jobs wanted one, %d were delivered", wanted, times)
}

// checkLeft waits until the servers are idle, stops them, and looks for what outlives them.
func (d *driver) checkLeft(ctx context.Context, r *report) error {
	look, err := d.look(ctx)
	if err != nil {
		return err
	}
	defer look.Close() //nolint:errcheck // only read
	waiting, held := 0, 0
	if _, err = await(ctx, goneTime, func() ([]string, error) {
		waiting, held, err = look.Messages(ctx)
		return make([]string, waiting), err
	}); err != nil {
		return err
	}
	if waiting > 0 {
		r.wrong(letters, "%d messages", waiting)
	}
	r.note("messages that killed servers hold, of jobs that have ended", "%d", held)
	for _, s := range d.servers {
		left, err := workFolders(s.data)
		if err != nil {
			return err
		}
		for _, name := range left {
			r.wrong(folders, "%s", name)
		}
		if err := s.stop(syscall.SIGTERM); err != nil {
			r.wrong(fell, "%v", err)
		}
		running, err := await(ctx, goneTime, func() ([]string, error) { return processesIn(s.data) })
		if err != nil {
			return err
		}
		for _, p := range running {
			r.wrong(orphans, "%s", p)
		}
	}
	open, err := look.Parts(ctx)
	for range open {
		r.wrong(parts, "one")
	}
	return err
}

// processesIn lists the processes that work in a folder.
func processesIn(dir string) (found []string, err error) {
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	for _, l := range links {
		if cwd, err := os.Readlink(l); err == nil && strings.HasPrefix(cwd, dir) {
			found = append(found, fmt.Sprintf("process %s in %s", filepath.Base(filepath.Dir(l)), cwd))
		}
	}
	return found, err
}

// checkStore compares the records of all jobs, also those that nobody knows to be accepted, with the objects there are.
func (d *driver) checkStore(ctx context.Context, calls []history.Call, r *report) error {
	look, err := d.look(ctx)
	if err != nil {
		return err
	}
	defer look.Close() //nolint:errcheck // only read
	keys, err := look.Objects(ctx)
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, key := range keys {
		there[key] = true
	}
	got, _ := d.receiver.delivered()
	records, named := 0, 0
	for _, id := range created(calls) {
		j, err := look.Find(ctx, id)
		if errors.Is(err, job.ErrNotFound) {
			r.wrong(lost, "job %s was created, and has no record", id)
			continue
		}
		if err != nil {
			return err
		}
		records++
		checkRecord(j, got[id], r)
		for _, o := range j.Outputs {
			named++
			if !there[o.Key] {
				r.wrong(foreign, "%s", o.Key)
			}
		}
	}
	r.note("records, and objects that they name", "%d, %d", records, named)
	r.note("objects of lost attempts, which no record names", "%d", len(keys)-named)
	if len(keys) > named && d.home == homeLocal {
		return d.sweep(ctx, r)
	}
	return nil
}

// checkRecord looks at what a client may not see.
func checkRecord(j job.Job, told delivery, r *report) {
	if !j.State.Terminal() {
		r.wrong(stuck, "the record of job %s is %s", j.ID, j.State)
	}
	if j.State != job.Succeeded && len(j.Outputs) > 0 {
		r.wrong(half, "job %s is %s and has outputs", j.ID, j.State)
	}
	for _, o := range j.Outputs {
		if o.Key != job.OutputKey(j.ID, j.Attempt, o.Name) {
			r.wrong(half, "job %s ended at attempt %d and names %s", j.ID, j.Attempt, o.Key)
		}
	}
	if j.WebhookURL == "" {
		return
	}
	if told.Times == 0 {
		r.wrong(silent, "job %s, by its record", j.ID)
	} else if (ending{Status: told.Status}).state() != j.State {
		r.wrong(forged, "job %s is %s, and its webhook says %s", j.ID, j.State, told.Status)
	}
}

// created are the ids of all jobs that the table took.
func created(calls []history.Call) (ids []string) {
	for _, c := range calls {
		if c.Asked.Kind == history.Create && c.Answer.Result == history.OK {
			ids = append(ids, c.Asked.Job)
		}
	}
	return ids
}

// sweep starts the server with a retention that is over at once: then its sweeper removes whatever it knows of, and
// whatever it does not know of stays.
func (d *driver) sweep(ctx context.Context, r *report) error {
	s := d.servers[0]
	s.env = append(s.env, "FFLAMBDA_RETENTION=1s")
	if err := s.start(ctx, d.undisturbed()); err != nil {
		return err
	}
	look, err := d.look(ctx)
	if err != nil {
		return err
	}
	defer look.Close() //nolint:errcheck // only read
	left, err := await(ctx, sweepTime, func() ([]string, error) { return look.Objects(ctx) })
	for _, key := range left {
		r.wrong(strays, "%s", key)
	}
	return errors.Join(err, s.stop(syscall.SIGTERM))
}
