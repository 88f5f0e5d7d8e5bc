package worker

import (
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// fullFor is how long a message is put off whose job's owner runs as many jobs as allowed: this, and up to as much more, for
// many that are put off together must not come back together. One that could begin may wait for so long in vain.
const fullFor = 20 * time.Second

// full is when the message of a job is to come again whose claim found no room.
func (p *Pool) full(id string, f *job.Full) (job.Job, time.Duration) {
	wait := fullFor + time.Duration(p.c.Chance()*float64(fullFor))
	p.c.Log.Info("no room to run", "job", id, "owner", f.Owner, "limit", f.Limit, "again in", wait.Round(time.Second))
	return job.Job{ID: id, Owner: f.Owner}, wait
}
