package job

import "slices"

// State is where a job stands. The two APIs rename it for their clients; there is only this one machine.
type State string

const (
	// Pending: the record is written, its message may not have been sent yet (the record is the outbox).
	// Whoever wrote it sends the message and moves it to Queued; a worker that is faster claims it as it is.
	// Rescue sends the message of one that stays Pending again. A job that is handed back comes here too:
	// were it Queued at once, a crash before the send would leave it waiting for a message that never comes.
	Pending State = "pending"

	// Queued: a message for it is in the queue. A worker's claim moves it to Running.
	// Should the message be lost, rescue sends another one, and the job stays Queued.
	Queued State = "queued"

	// Running: one worker holds it, under a lease that each heartbeat renews.
	// That worker finishes or fails it, or hands it back to Pending: when it stops, or for another try after a
	// failure that can go away by itself; rescue does so when the lease has run out.
	Running State = "running"

	// Succeeded: every output is kept. Terminal.
	Succeeded State = "succeeded"

	// Failed: Job.Failure says why and whether trying again can help. Terminal.
	Failed State = "failed"

	// Cancelled: its owner did not want it any more. Terminal; the worker that ran it stops at its next heartbeat.
	Cancelled State = "cancelled"
)

// moves is the whole life of a job: from each state, the states that a move may lead to.
// Running to Running is a heartbeat, Queued to Queued another message.
var moves = map[State][]State{
	Pending: {Queued, Running, Failed, Cancelled},
	Queued:  {Queued, Running, Failed, Cancelled},
	Running: {Running, Pending, Succeeded, Failed, Cancelled},
}

// States lists every state in the order of a job's life.
func States() []State { return []State{Pending, Queued, Running, Succeeded, Failed, Cancelled} }

// Terminal reports whether nothing moves a job out of s any more.
func (s State) Terminal() bool { return len(moves[s]) == 0 }

// CanMove reports whether the table of moves allows from -> to.
func CanMove(from, to State) bool { return slices.Contains(moves[from], to) }
