package jobtest

import (
	"errors"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// RunLimits is the conformance suite of tables that keep to limits, as far as jobs come one after another. open makes an
// empty one for each test. It says nothing about Limits.Queued, which not every table can know by itself.
func RunLimits(t *testing.T, open func(t *testing.T, l job.Limits) Table) {
	for _, test := range []struct {
		name   string
		limits job.Limits
		run    func(*testing.T, Table)
	}{
		{"queued", job.Limits{QueuedOwner: 3}, testQueuedLimit},
		{"running", job.Limits{RunningOwner: 2}, testRunningLimit},
		{"none", job.Limits{}, testNoLimit},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, open(t, test.limits))
		})
	}
}

// testQueuedLimit: both APIs' jobs count, pending and queued ones; others' do not.
func testQueuedLimit(t *testing.T, table Table) {
	first, second, third := fresh("alice", 0), fresh("alice", 1), fresh("alice", 2)
	for _, j := range []job.Job{first, second, third} {
		create(t, table, j)
	}
	move(t, table, first.ID, job.Enqueue(first.CreatedAt.Add(time.Second)))
	late := fresh("alice", 3)
	wantFull(t, tryCreate(t, table, late), job.Full{Owner: "alice", Limit: 3})
	if _, err := table.Find(within(t), late.ID); !errors.Is(err, job.ErrNotFound) {
		t.Errorf("find of a job that there was no room for: %v, want job.ErrNotFound", err)
	}
	create(t, table, fresh("bob", 0))

	// What comes again is answered with what it made.
	again := fresh("alice", 4)
	again.ID, again.API = second.ID, second.API
	stored, created, err := table.Create(within(t), again)
	if err != nil || created || diff(second, stored) != "" {
		t.Errorf("create again: %v, %v\n%s", created, err, diff(second, stored))
	}

	move(t, table, first.ID, job.Claim(first.CreatedAt.Add(2*time.Second), lease))
	create(t, table, late)
	wantFull(t, tryCreate(t, table, fresh("alice", 5)), job.Full{Owner: "alice", Limit: 3})
	move(t, table, third.ID, job.Cancel(third.CreatedAt.Add(time.Second)))
	create(t, table, fresh("alice", 6))
}

// testRunningLimit: a claim beyond the limit changes nothing, and has its turn when another job has ended.
func testRunningLimit(t *testing.T, table Table) {
	var jobs []job.Job
	for i := range 3 {
		jobs = append(jobs, fresh("alice", i))
		create(t, table, jobs[i])
	}
	at := midMonth.Add(time.Second)
	running := move(t, table, jobs[0].ID, job.Claim(at, lease))
	move(t, table, jobs[1].ID, job.Claim(at, lease))
	_, err := table.Move(within(t), jobs[2].ID, job.Claim(at, lease))
	wantFull(t, err, job.Full{Owner: "alice", Limit: 2})
	wantStored(t, table, jobs[2])

	// A claim of what runs is too late, and not to be tried again.
	_, err = table.Move(within(t), jobs[0].ID, job.Claim(at, lease))
	wantConflict(t, err, running)
	other := fresh("bob", 0)
	create(t, table, other)
	move(t, table, other.ID, job.Claim(at, lease))

	move(t, table, jobs[1].ID, job.Cancel(at.Add(time.Second)))
	move(t, table, jobs[0].ID, job.Renew(at.Add(time.Second), 1, lease))
	move(t, table, jobs[2].ID, job.Claim(at.Add(2*time.Second), lease))
}

func testNoLimit(t *testing.T, table Table) {
	for i := range 20 {
		j := fresh("alice", i)
		create(t, table, j)
		if i%2 == 0 {
			move(t, table, j.ID, job.Claim(j.CreatedAt.Add(time.Second), lease))
		}
	}
}

func tryCreate(t *testing.T, table Table, j job.Job) error {
	t.Helper()
	_, created, err := table.Create(within(t), j)
	if err != nil && created {
		t.Errorf("created, and %v", err)
	}
	return err
}

func wantFull(t *testing.T, err error, want job.Full) {
	t.Helper()
	got, ok := errors.AsType[*job.Full](err)
	if !ok {
		t.Fatalf("error is %v, want a *job.Full", err)
	}
	if d := diff(want, *got); d != "" {
		t.Errorf("what is full (-want +got):\n%s", d)
	}
}
