package main

import (
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/sqlite"
)

// dead runs the subcommand on a data folder.
func dead(t *testing.T, data string, args ...string) (out string, ok bool) {
	t.Helper()
	env := []string{"FFLAMBDA_API_KEYS=alice:" + alice + ",bob:" + bob}
	b, err := command(env, append([]string{"dead", "--data", data}, args...)...).CombinedOutput()
	return string(b), err == nil
}

// deadJobs stores a dead job of each owner, and failed jobs that are none.
func deadJobs(t *testing.T, data string, owners ...string) []string {
	t.Helper()
	db, err := sqlite.Open(t.Context(), databasePath(data))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // only written
	var ids []string
	for _, owner := range owners {
		for _, f := range []job.Failure{{Code: job.Internal, Message: "No worker could take this job.", Dead: true}, {Code: job.Internal}} {
			j := jobtest.New(owner, job.FFmpeg)
			j.Inputs = nil
			j.Commands = &job.Commands{Lines: []string{"-f lavfi -i anullsrc -t 0.1 {{out.wav}}"}, Outputs: []string{"out.wav"}}
			if _, _, err := db.Jobs().Create(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Jobs().Move(t.Context(), j.ID, job.Refuse(time.Now(), f)); err != nil {
				t.Fatal(err)
			}
			if f.Dead {
				ids = append(ids, j.ID)
			}
		}
	}
	return ids
}

// TestDead: jobs whose message was a dead letter are listed, and run again as new jobs, each once.
func TestDead(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	ids := deadJobs(t, data, "alice", "alice", "bob")
	if out, ok := dead(t, data, "list"); !ok || strings.Count(out, "\n") != 4 || !strings.Contains(out, ids[0]) || !strings.Contains(out, ids[2]) {
		t.Fatalf("list: %s", out)
	}
	if out, ok := dead(t, data, "list", "bob"); !ok || strings.Count(out, "\n") != 2 || !strings.Contains(out, ids[2]) {
		t.Errorf("bob's list: %s", out)
	}
	out, ok := dead(t, data, "retry", ids[0])
	if again := copyID(job.Job{ID: ids[0], Owner: "alice", API: job.FFmpeg}); !ok || out != "job "+ids[0]+" runs again as job "+again+"\n" {
		t.Fatalf("retry: %s", out)
	}
	for _, args := range [][]string{{"retry", ids[0]}, {"retry", job.NewID()}, {"retry", "x"}, {"retry"}, {}, {"list", "a", "b"}, {"list", "--all"}} {
		if out, ok := dead(t, data, args...); ok {
			t.Errorf("%q: %s", args, out)
		}
	}
	s := start(t, options{data: data}) // the rest beside a running server
	if out, ok := dead(t, data, "retry", "--all"); !ok || strings.Count(out, "runs again as job ") != 2 || strings.Contains(out, ids[0]) {
		t.Errorf("retry --all: %s", out)
	}
	if out, ok := dead(t, data, "retry", "--all", "bob"); !ok || out != "there is none to retry\n" {
		t.Errorf("retry --all once more: %s", out)
	}
	for i, owner := range []string{alice, alice, bob} {
		id := copyID(job.Job{ID: ids[i], Owner: []string{"alice", "alice", "bob"}[i], API: job.FFmpeg})
		done, _ := s.wait(t, owner, "/api/jobs/"+id)
		if status := done.text("data", "status"); status != "succeeded" {
			t.Errorf("the new job is %s: %s", status, done.body)
		}
		if old := s.do(t, owner, "GET", "/api/jobs/"+ids[i], nil); old.text("data", "status") != "failed" {
			t.Errorf("the old job is %s", old.body)
		}
	}
}
