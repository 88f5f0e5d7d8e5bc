package jobtest

import (
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for _, api := range []job.API{job.Transcodes, job.FFmpeg} {
		j := New("alice", api)
		if !job.IsID(j.ID) || !job.IsOwner(j.Owner) || j.State != job.Pending || j.CreatedAt != job.Milli(j.CreatedAt) {
			t.Errorf("not a job that a create would store: %+v", j)
		}
		if (j.Transcode != nil) != (api == job.Transcodes) || (j.Commands != nil) != (api == job.FFmpeg) {
			t.Errorf("%s: the work is that of another API: %+v", api, j)
		}
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	Golden(t, "golden.txt", []byte("what a test got\n"))
}
