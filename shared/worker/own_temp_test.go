package worker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/worker"
)

// noJobs fails a test that asks for a job.
type noJobs struct{ t *testing.T }

func (n noJobs) Find(context.Context, string) (job.Job, error) {
	n.t.Error("a job was asked for")
	return job.Job{}, job.ErrNotFound
}

// TestOwnTemp: a temporary file's link is its object for every job that was created while the link was good, however
// long the job waits and whatever host the link names.
func TestOwnTemp(t *testing.T) {
	t.Parallel()
	links, err := link.New(make([]byte, link.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	own := worker.Own{Links: func(context.Context) (*link.Signer, error) { return links, nil }, Jobs: noJobs{t}, Bucket: "media"}
	id, until := job.NewID(), time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	token := links.Sign(id, job.TempName, until)
	for _, base := range []string{"http://127.0.0.1:8080/d/", "https://elsewhere.invalid/prod/d/", "https://video.example//d/"} {
		got, err := own.Resolve(t.Context(), job.Job{CreatedAt: until.Add(-time.Second)}, base+token)
		if want := "gs://media/tmp/" + id; got != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", base, got, err, want)
		}
	}
	_, err = own.Resolve(t.Context(), job.Job{CreatedAt: until}, "https://video.example/d/"+token)
	if failure, ok := errors.AsType[*job.Failure](err); !ok || failure.Code != job.InputForbidden {
		t.Errorf("of a job that came too late: %v", err)
	}
}
