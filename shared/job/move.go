package job

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNotFound is what a table answers for an id that it does not hold.
var ErrNotFound = errors.New("job not found")

// ErrBusy is matched by an error of a table, queue or bucket that can pass by itself: it throttles, it is out of reach.
var ErrBusy = errors.New("busy, try again later")

// ErrTooLarge is what a table answers to a job that it has no room for in one record.
var ErrTooLarge = errors.New("job too large to store")

// ErrConflict is matched (errors.Is) by every *Conflict.
var ErrConflict = errors.New("job has moved on")

// Conflict is the ordinary answer to a move that came too late or lost a race.
type Conflict struct {
	Move string // the move that was refused
	Job  Job    // the job as it stands
}

func (c *Conflict) Error() string {
	return fmt.Sprintf("job is %s at attempt %d", c.Job.State, c.Job.Attempt)
}

func (c *Conflict) Is(target error) bool { return target == ErrConflict }

// Move is one change of a job, as data: a table turns it into one conditional write.
// The conditions are From, Attempt, LeaseBefore and SentBefore, and of a new attempt that the job does not wait (see
// Job.Waits); the rest is what the write sets.
// Make one with Enqueue, Claim, Renew, Succeed, Fail, Refuse, Release,
// Retry, Resend, TakeBack, GiveUp, Cancel, Tell or Retell.
type Move struct {
	Name    string
	From    []State
	To      State
	Attempt int // the attempt that the job must be at; 0 = any
	At      time.Time
	// LeaseBefore, when set, is a condition on a Running job: its lease must have ended before.
	LeaseBefore time.Time
	// SentBefore, when set, is a condition on a Queued job: its last message must have been sent before.
	SentBefore time.Time

	NewAttempt bool      // Attempt + 1, StartedAt = At, what an earlier attempt found out is forgotten
	Return     bool      // Returned + 1
	LeaseUntil time.Time // set with To == Running
	NotBefore  time.Time // Retry only
	Setback    *Failure  // Retry only
	Progress   *Progress // nil: unchanged
	Inputs     []Input   // nil: unchanged
	Ran        []Option  // nil: unchanged
	Sandbox    string    // empty: unchanged
	Outputs    []Output  // Succeed only
	Failure    *Failure  // set with To == Failed

	// Told, when set, makes this a Tell: only Notice changes, and only where it is due and at Tries.
	// With Anew it is a Retell: it need not be due, but there must be somebody to tell.
	Told  *Notice
	Tries int
	Anew  bool
}

// Enqueue says that the job's message was sent.
func Enqueue(at time.Time) Move {
	return Move{Name: "enqueue", From: []State{Pending}, To: Queued, At: at}
}

// Resend says that another message is about to be sent for a job whose last one, as the caller has read it, was sent at
// that time and is gone. A Conflict means that somebody else sends one, or that the job has moved on.
func Resend(at, sent time.Time) Move {
	return Move{Name: "resend", From: []State{Queued}, To: Queued, At: at, SentBefore: sent.Add(time.Millisecond)}
}

// Claim starts the next attempt. Pending counts as claimable: the message can be faster than Enqueue. A Conflict whose job
// still Waits tells that the message came too early.
func Claim(at time.Time, lease time.Duration) Move {
	return Move{Name: "claim", From: []State{Pending, Queued}, To: Running, At: at, NewAttempt: true, LeaseUntil: at.Add(lease)}
}

// Held is a Claim that puts on the record what will hold the attempt: Job.Sandbox.
func (m Move) Held(sandbox string) Move {
	m.Sandbox = sandbox
	return m
}

// Renew is the heartbeat of the worker that runs attempt. A Conflict tells it to stop at once and to touch nothing more.
func Renew(at time.Time, attempt int, lease time.Duration) Move {
	return Move{Name: "renew", From: []State{Running}, To: Running, Attempt: attempt, At: at, LeaseUntil: at.Add(lease)}
}

// Succeed ends attempt with its kept files.
func Succeed(at time.Time, attempt int, outputs []Output) Move {
	return Move{Name: "succeed", From: []State{Running}, To: Succeeded, Attempt: attempt, At: at, Outputs: outputs}
}

// Fail ends attempt with a reason.
func Fail(at time.Time, attempt int, f Failure) Move {
	return Move{Name: "fail", From: []State{Running}, To: Failed, Attempt: attempt, At: at, Failure: &f}
}

// Refuse fails a job that nobody runs: a dead letter, or one that waited too long.
func Refuse(at time.Time, f Failure) Move {
	return Move{Name: "refuse", From: []State{Pending, Queued}, To: Failed, At: at, Failure: &f}
}

// Release hands attempt back unfinished, without spending a try. A message must be sent, then Enqueue.
func Release(at time.Time, attempt int) Move {
	return Move{Name: "release", From: []State{Running}, To: Pending, Attempt: attempt, At: at, Return: true}
}

// Retry hands attempt back after a failure that can go away by itself. The try is spent, and the next one must not begin
// before the given time, at most MaxWait after at. A message must be sent, then Enqueue.
func Retry(at time.Time, attempt int, f Failure, notBefore time.Time) Move {
	return Move{Name: "retry", From: []State{Running}, To: Pending, Attempt: attempt, At: at, Setback: &f, NotBefore: notBefore}
}

// TakeBack hands back a job whose worker has let its lease end before the given time. The try is spent.
// A message must be sent, then Enqueue.
func TakeBack(at time.Time, attempt int, leaseBefore time.Time) Move {
	return Move{Name: "take back", From: []State{Running}, To: Pending, Attempt: attempt, At: at, LeaseBefore: leaseBefore}
}

// GiveUp fails a job whose worker has let its lease end and that has no tries left.
func GiveUp(at time.Time, attempt int, leaseBefore time.Time, f Failure) Move {
	return Move{Name: "give up", From: []State{Running}, To: Failed, Attempt: attempt, At: at, LeaseBefore: leaseBefore, Failure: &f}
}

// Cancel ends a job that is not finished.
func Cancel(at time.Time) Move {
	return Move{Name: "cancel", From: []State{Pending, Queued, Running}, To: Cancelled, At: at}
}

// Tell notes how try number tries (from 0) of telling the world of the job's end came out. A Conflict means that
// somebody else noted it.
func Tell(tries int, n Notice) Move {
	return Move{Name: "tell", From: []State{Succeeded, Failed, Cancelled}, Told: &n, Tries: tries}
}

// Retell makes a finished job's notice due once more, with all its tries, whatever came of it before: seen is the notice
// as the caller has read it. A message must be sent, or rescue sends it. A Conflict means that the job is not finished,
// that there is nobody to tell, or that a try was noted in the meantime.
func Retell(at time.Time, seen Notice) Move {
	tries := seen.Tries
	seen.DueAt, seen.Tries = at, 0
	return Move{Name: "retell", From: []State{Succeeded, Failed, Cancelled}, Told: &seen, Tries: tries, Anew: true}
}

// Apply returns j after m, or a *Conflict where m's conditions do not hold. It changes nothing that j shares.
func (m Move) Apply(j Job) (Job, error) {
	if m.Told != nil {
		return m.tell(j)
	}
	if !m.may(j) {
		return Job{}, &Conflict{Move: m.Name, Job: j}
	}
	at := Milli(m.At)
	if j.State != m.To {
		j.UpdatedAt = later(at, j.UpdatedAt)
	}
	j.State = m.To
	j.LeaseUntil = Milli(m.LeaseUntil)
	if m.To == Queued {
		j.SentAt = at
	}
	if m.NewAttempt {
		j.Attempt++
		j.StartedAt = j.UpdatedAt
		j.Progress, j.Ran, j.NotBefore = Progress{}, nil, time.Time{}
	}
	if m.Return {
		j.Returned++
	}
	if m.Setback != nil {
		j.Setback, j.NotBefore = m.Setback, Milli(m.NotBefore)
	}
	if m.Progress != nil {
		j.Progress = *m.Progress
	}
	if m.Inputs != nil {
		j.Inputs = m.Inputs
	}
	if m.Ran != nil {
		j.Ran = m.Ran
	}
	if m.Sandbox != "" {
		j.Sandbox = m.Sandbox
	}
	if m.To.Terminal() {
		j.FinishedAt = j.UpdatedAt
		j.Outputs, j.Failure = m.Outputs, m.Failure
		if j.Tells() {
			j.Notice = Notice{DueAt: j.UpdatedAt}
		}
	}
	return j, nil
}

// may says whether m's conditions hold.
func (m Move) may(j Job) bool {
	return slices.Contains(m.From, j.State) && CanMove(j.State, m.To) &&
		(m.Attempt == 0 || m.Attempt == j.Attempt) &&
		(m.LeaseBefore.IsZero() || j.LeaseUntil.Before(m.LeaseBefore)) &&
		(m.SentBefore.IsZero() || j.SentAt.Before(m.SentBefore)) &&
		(!m.NewAttempt || j.Waits(Milli(m.At)) == 0)
}

func (m Move) tell(j Job) (Job, error) {
	open := !j.Notice.DueAt.IsZero() || m.Anew && j.Tells()
	if !slices.Contains(m.From, j.State) || !open || j.Notice.Tries != m.Tries {
		return Job{}, &Conflict{Move: m.Name, Job: j}
	}
	j.Notice = *m.Told
	j.Notice.DueAt, j.Notice.Calls.DeliveredAt = Milli(j.Notice.DueAt), Milli(j.Notice.Calls.DeliveredAt)
	return j, nil
}

// Milli is t in UTC, cut to the millisecond that is stored and shown. The zero time stays zero.
func Milli(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// CeilMilli is the first whole millisecond that is not before t. Stored times are whole ones, so comparing them with it
// is the same as comparing them with t.
func CeilMilli(t time.Time) time.Time {
	return t.Add(time.Millisecond - time.Nanosecond).Truncate(time.Millisecond)
}

// later keeps UpdatedAt growing where the clock stands still or goes back: a poller that asks for
// "since the newest that I saw" must not miss a change.
func later(at, last time.Time) time.Time {
	if at.After(last) {
		return at
	}
	return last.Add(time.Millisecond)
}
