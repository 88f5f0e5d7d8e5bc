package table

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// Attributes of a job's item beside its keys. What moves change has an attribute of its own, so that a move writes
// nothing that it does not know; what never changes is in one.
const (
	attributeData     = "data"  // job.Job as JSON, without what follows
	attributeLists    = "lists" // what list is in each state, for moves to copy: they do not know the owner
	attributeState    = "state"
	attributeAttempt  = "attempt"
	attributeReturned = "returned"
	attributeStarted  = "started"
	attributeFinished = "finished"
	attributeLease    = "lease"
	attributeInputs   = "inputs" // JSON from here to failure
	attributeProgress = "progress"
	attributeRan      = "ran"
	attributeOutputs  = "outputs"
	attributeFailure  = "failure"
	attributeSetback  = "setback"
	attributeSent     = "sent"      // when its message was sent, the last time
	attributeBefore   = "notbefore" // when the next try may begin
	attributeSandbox  = "sandbox"   // what held the last attempt
	attributeTells    = "tells"     // there if the job's end is to be told to somebody
	attributeNotice   = "notice"    // when it is due to be told; written at every job's end, and void without tells
	attributeTries    = "tries"     // of telling it
	attributeError    = "error"     // of the last of them
	attributeCalls    = "calls"     // of the webhook, JSON
	attributeToken    = "token"     // of the last write: whoever did not get its answer knows it by this
)

// Values of watch beside the active states.
const (
	uncounted = "uncounted" // finished, and not yet in the day's count
	noticed   = "notice"    // counted, and its notice is due
)

// leaseGrain is how exactly the index knows when a lease ends. With it most heartbeats leave the index alone, where
// each change costs two writes, and all running jobs share one partition: 1,000 writes a second are some 5,000 jobs.
const leaseGrain = 10 * time.Second

func jobKey(id string) item {
	return item{keyPartition: text("job#" + id), keySort: text("job")}
}

// idOf is the id of the job with that key.
func idOf(key item) string { return strings.TrimPrefix(textOf(key[keyPartition]), "job#") }

// listKey is the partition of a list in the indexes.
func listKey(owner string, api job.API, s job.State) string {
	return owner + "#" + string(api) + "#" + string(s)
}

// dueTime is since when the job is what Overdue looks for, as the index knows it.
func dueTime(s job.State, updated, lease time.Time) time.Time {
	if s == job.Running {
		return lease.Truncate(leaseGrain)
	}
	return updated
}

// watched is what Overdue looks for in a job of state s that is just being written.
func watched(s job.State) string {
	if s.Terminal() {
		return uncounted
	}
	return string(s)
}

// encode is the whole item of j.
func (t *Table) encode(j job.Job, token string) (item, error) {
	lists := item{}
	for _, s := range job.States() {
		lists[string(s)] = text(listKey(j.Owner, j.API, s))
	}
	it := jobKey(j.ID)
	it[keyList], it[attributeLists] = lists[string(j.State)], &types.AttributeValueMemberM{Value: lists}
	it[keyCreated], it[keyUpdated] = text(timeKey(j.CreatedAt, j.ID)), text(timeKey(j.UpdatedAt, j.ID))
	it[keyWatch], it[keyDue] = text(watched(j.State)), text(timeKey(dueTime(j.State, j.UpdatedAt, j.LeaseUntil), j.ID))
	it[attributeState], it[attributeToken] = text(string(j.State)), text(token)
	it[attributeAttempt], it[attributeReturned] = number(j.Attempt), number(j.Returned)
	it[attributeTries] = number(j.Notice.Tries)
	for attribute, at := range map[string]time.Time{
		attributeStarted: j.StartedAt, attributeFinished: j.FinishedAt, attributeLease: j.LeaseUntil, attributeNotice: j.Notice.DueAt,
		attributeSent: j.SentAt, attributeBefore: j.NotBefore,
	} {
		if !at.IsZero() {
			it[attribute] = text(timeText(at))
		}
	}
	if j.Notice.Error != "" {
		it[attributeError] = text(j.Notice.Error)
	}
	if j.Sandbox != "" {
		it[attributeSandbox] = text(j.Sandbox)
	}
	if j.Tells() {
		it[attributeTells] = &types.AttributeValueMemberBOOL{Value: true}
	}
	if at, ok := t.expires(j.FinishedAt); ok && j.State.Terminal() {
		it[attributeExpires] = number(at.Unix())
	}
	for attribute, part := range parts(j) {
		packed, err := pack(part)
		if err != nil {
			return nil, err
		}
		it[attribute] = packed
	}
	return it, nil
}

// parts is what of j is kept as JSON, by attribute.
func parts(j job.Job) map[string]any {
	all := map[string]any{}
	if len(j.Inputs) > 0 {
		all[attributeInputs] = j.Inputs
	}
	if j.Progress != (job.Progress{}) {
		all[attributeProgress] = j.Progress
	}
	if len(j.Ran) > 0 {
		all[attributeRan] = j.Ran
	}
	if len(j.Outputs) > 0 {
		all[attributeOutputs] = j.Outputs
	}
	if j.Failure != nil {
		all[attributeFailure] = j.Failure
	}
	if j.Setback != nil {
		all[attributeSetback] = j.Setback
	}
	if j.Notice.Calls != (job.Calls{}) {
		all[attributeCalls] = j.Notice.Calls
	}
	// The rest never changes: what has an attribute of its own is cut out.
	j.ID, j.State, j.Attempt, j.Returned, j.Sandbox, j.Notice = "", "", 0, 0, "", job.Notice{}
	j.StartedAt, j.FinishedAt, j.UpdatedAt, j.LeaseUntil = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	j.SentAt, j.NotBefore = time.Time{}, time.Time{}
	j.Inputs, j.Progress, j.Ran, j.Outputs, j.Failure, j.Setback = nil, job.Progress{}, nil, nil, nil, nil
	all[attributeData] = j
	return all
}

// decode is the job of an item.
func decode(it item) (job.Job, error) {
	var j job.Job
	var calls job.Calls
	// First the whole, then its parts: each of them is not in what was read before.
	for _, part := range []struct {
		attribute string
		into      any
	}{
		{attributeData, &j}, {attributeInputs, &j.Inputs}, {attributeProgress, &j.Progress}, {attributeRan, &j.Ran},
		{attributeOutputs, &j.Outputs}, {attributeFailure, &j.Failure}, {attributeSetback, &j.Setback}, {attributeCalls, &calls},
	} {
		if err := unpack(it[part.attribute], part.into); err != nil {
			return job.Job{}, fmt.Errorf("stored job: %s: %w", part.attribute, err)
		}
	}
	j.ID = idOf(it)
	j.State, j.Sandbox = job.State(textOf(it[attributeState])), textOf(it[attributeSandbox])
	j.Attempt, j.Returned = numberOf(it[attributeAttempt]), numberOf(it[attributeReturned])
	j.StartedAt, j.FinishedAt = timeOf(textOf(it[attributeStarted])), timeOf(textOf(it[attributeFinished]))
	j.UpdatedAt, j.LeaseUntil = timeOf(textOf(it[keyUpdated])), timeOf(textOf(it[attributeLease]))
	j.SentAt, j.NotBefore = timeOf(textOf(it[attributeSent])), timeOf(textOf(it[attributeBefore]))
	if j.Tells() {
		j.Notice = job.Notice{
			DueAt: timeOf(textOf(it[attributeNotice])), Tries: numberOf(it[attributeTries]), Error: textOf(it[attributeError]), Calls: calls,
		}
	}
	return j, nil
}
