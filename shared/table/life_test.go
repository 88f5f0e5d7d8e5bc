package table_test

import (
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
	"github.com/fflambda/fflambda/shared/table"
)

// TestLifeCost: what the life of a job costs. The units are DynamoDB Local's, which bills a transaction's writes about
// twice as high as AWS says it does.
func TestLifeCost(t *testing.T) {
	t.Parallel()
	client, m := measured(local(t))
	jobs := open(t, client, table.Config{Retention: 30 * 24 * time.Hour}).Jobs()
	j := jobtest.New("alice", job.Transcodes)
	at := j.CreatedAt.Truncate(time.Minute)
	j.CreatedAt, j.UpdatedAt = at, at
	percent := 50.0
	renew := job.Renew(at.Add(4*time.Second), 1, 30*time.Second)
	renew.Progress = &job.Progress{Percent: &percent, Speed: 1.5, ETA: 20}
	move := func(mv job.Move) func() error {
		return func() error {
			_, err := jobs.Move(t.Context(), j.ID, mv)
			return err
		}
	}
	m.reset()
	for _, step := range []struct {
		name  string
		do    func() error
		calls int
		units float64
	}{
		{"create", func() error { _, _, err := jobs.Create(t.Context(), j); return err }, 1, 4},
		{"enqueue", move(job.Enqueue(at.Add(time.Second))), 1, 7},
		{"claim", move(job.Claim(at.Add(2*time.Second), 30*time.Second)), 1, 7},
		{"heartbeat", move(renew), 1, 1},
		{"succeed", move(job.Succeed(at.Add(60*time.Second), 1, []job.Output{{Name: "out.mp4", Key: job.OutputKey(j.ID, 1, "out.mp4")}})), 2, 24},
		{"find", func() error { _, err := jobs.Find(t.Context(), j.ID); return err }, 1, 1},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		calls, units := m.reset()
		t.Logf("%s: %d calls, %.1f units", step.name, calls, units)
		if calls != step.calls || units > step.units || units == 0 {
			t.Errorf("%s: %d calls and %.1f units, want %d and at most %.1f", step.name, calls, units, step.calls, step.units)
		}
	}
}
