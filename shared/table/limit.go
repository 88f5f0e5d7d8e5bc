package table

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// Limits are kept as well as counts of an index can: it follows the table within a second, usually, and whoever creates
// or claims between a count and its own write is not in it. So a limit is overstepped by as many as do that at once.
// An owner without such a limit costs nothing; with one, a create or a claim costs reads of as many index entries as the limit is.

// Limited is js that answers *job.Full to a Create or a Claim that l has no room for. waiting is about how many jobs wait in
// all, as their queue knows it; it is asked where l has such a limit. Where it does not know, there is room.
func (js *Jobs) Limited(l job.Limits, waiting func(context.Context) (int, error)) *Jobs {
	return &Jobs{table: js.table, limits: l, waiting: waiting}
}

// admits is whether there is room for j. What has its id already was let in before: that job comes back.
func (js *Jobs) admits(ctx context.Context, j job.Job) (stored job.Job, there bool, err error) {
	full, err := js.room(ctx, j.Owner)
	if err != nil || full == nil {
		return job.Job{}, false, err
	}
	if stored, err = js.find(ctx, j.ID); err == nil {
		return stored, true, nil
	}
	return job.Job{}, false, full
}

// room is the limit that has no room for one more job that waits, or nil.
func (js *Jobs) room(ctx context.Context, owner string) (*job.Full, error) {
	if limit := js.limits.Queued; limit > 0 {
		// A limit protects the service from its clients. Where nobody knows, clients come first.
		if n, err := js.waiting(ctx); err == nil && n >= limit {
			return &job.Full{Limit: limit}, nil
		}
	}
	return js.within(ctx, owner, js.limits.QueuedOwner, job.Pending, job.Queued)
}

// mayRun answers *job.Full where m, a claim of the job with the id, has no room for it. Whether the job can be claimed at
// all is for the write to say.
func (js *Jobs) mayRun(ctx context.Context, id string, m job.Move) error {
	if js.limits.RunningOwner == 0 || !m.NewAttempt {
		return nil
	}
	j, err := js.find(ctx, id)
	if err != nil || !slices.Contains(m.From, j.State) {
		return err
	}
	full, err := js.within(ctx, j.Owner, js.limits.RunningOwner, job.Running)
	if err == nil && full != nil {
		return full
	}
	return err
}

// within is the owner's limit, where as many jobs are in the states, or nil.
func (js *Jobs) within(ctx context.Context, owner string, limit int, states ...job.State) (*job.Full, error) {
	if limit == 0 {
		return nil, nil //nolint:nilnil // there is no limit, and nothing went wrong
	}
	var lists []string
	for _, api := range []job.API{job.Transcodes, job.FFmpeg} {
		for _, s := range states {
			lists = append(lists, listKey(owner, api, s))
		}
	}
	counts := make([]int, len(lists))
	err := forEach(ctx, lists, func(ctx context.Context, i int, list string) (err error) {
		counts[i], err = js.length(ctx, list, limit)
		return err
	})
	n := 0
	for _, c := range counts {
		n += c
	}
	if err != nil || n < limit {
		return nil, err
	}
	return &job.Full{Owner: owner, Limit: limit}, nil
}

// length is how many jobs are in a list, up to most.
func (js *Jobs) length(ctx context.Context, list string, most int) (int, error) {
	r := &run{jobs: js, index: indexCreated, list: list, from: earliest, to: latest}
	n := 0
	for n < most {
		in := r.query(0)
		in.Select, in.Limit = types.SelectCount, aws.Int32(int32(min(most-n, depth))) //nolint:gosec // at most depth
		out, err := js.table.client.Query(ctx, in)
		if err != nil {
			return 0, err
		}
		n += int(out.Count)
		r.next = out.LastEvaluatedKey
		if len(r.next) == 0 {
			break
		}
	}
	return n, nil
}
