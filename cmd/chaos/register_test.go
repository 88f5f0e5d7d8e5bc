package main

import (
	"testing"

	"github.com/fflambda/fflambda/cmd/chaos/history"
	"github.com/fflambda/fflambda/shared/job"
)

// call is one of a job named j, between two moments.
func call(from, to int64, asked history.Begin, answer history.End) history.Call {
	asked.Job = "j"
	return history.Call{Asked: asked, Answer: answer, Began: from, Ended: to}
}

func moved(name string, from []job.State, to job.State, attempt int) history.Begin {
	return history.Begin{Kind: history.Move, Name: name, From: from, To: to, Attempt: attempt, NewAttempt: name == "claim"}
}

func ok(state job.State, attempt int) history.End {
	return history.End{Result: history.OK, State: state, Attempt: attempt}
}

// life is an ordinary one up to the claim, in moments 1 to 6.
func life(more ...history.Call) []history.Call {
	return append([]history.Call{
		call(1, 2, history.Begin{Kind: history.Create}, ok(job.Pending, 0)),
		call(3, 4, enqueue(), ok(job.Queued, 0)),
		call(5, 6, claim(), ok(job.Running, 1)),
	}, more...)
}

func enqueue() history.Begin { return moved("enqueue", []job.State{job.Pending}, job.Queued, 0) }

func claim() history.Begin {
	return moved("claim", []job.State{job.Pending, job.Queued}, job.Running, 0)
}

func succeed(attempt int) history.Begin {
	return moved("succeed", []job.State{job.Running}, job.Succeeded, attempt)
}

func cancelMove() history.Begin {
	return moved("cancel", []job.State{job.Pending, job.Queued, job.Running}, job.Cancelled, 0)
}

func takeBack(attempt int) history.Begin {
	return moved("take back", []job.State{job.Running}, job.Pending, attempt)
}

func find() history.Begin { return history.Begin{Kind: history.Find} }

// TestHistory: what may have happened is let pass, and each way of being wrong is found.
func TestHistory(t *testing.T) {
	t.Parallel()
	unknown := history.End{Result: history.Unknown}
	for name, c := range map[string]struct {
		calls []history.Call
		want  []string // the findings
	}{
		"an ordinary life": {life(call(7, 8, succeed(1), ok(job.Succeeded, 1)), call(9, 10, find(), ok(job.Succeeded, 1))), nil},
		"a worker faster than the mark": {[]history.Call{
			call(1, 2, history.Begin{Kind: history.Create}, ok(job.Pending, 0)), call(3, 6, claim(), ok(job.Running, 1)),
			call(4, 8, enqueue(), history.End{Result: history.Conflict, State: job.Running, Attempt: 1}),
		}, nil},
		"a finish that nobody heard of": {life(call(7, 0, succeed(1), unknown), call(9, 10, find(), ok(job.Succeeded, 1))), nil},
		"one that came to nothing":      {life(call(7, 0, succeed(1), unknown), call(9, 10, takeBack(1), ok(job.Pending, 1))), nil},
		"ended twice": {
			life(call(7, 8, succeed(1), ok(job.Succeeded, 1)), call(9, 10, cancelMove(), ok(job.Cancelled, 1))), []string{twiceEnded, illegal},
		},
		"finished by a lost attempt": {
			life(call(7, 8, takeBack(1), ok(job.Pending, 1)), call(9, 10, claim(), ok(job.Running, 2)), call(11, 12, succeed(1), ok(job.Succeeded, 2))),
			[]string{illegal},
		},
		"claimed twice":            {life(call(5, 8, claim(), ok(job.Running, 1))), []string{illegal}},
		"an old state read":        {life(call(7, 8, find(), ok(job.Queued, 0))), []string{illegal}},
		"a read that nothing made": {life(call(7, 8, find(), ok(job.Failed, 1))), []string{illegal}},
		"gone":                     {life(call(7, 8, find(), history.End{Result: history.Missing})), []string{illegal}},
		"a move that is in no table": {
			life(call(7, 8, moved("enqueue", []job.State{job.Running}, job.Queued, 0), ok(job.Queued, 1))), []string{illegal},
		},
		"created twice": {life(call(7, 8, history.Begin{Kind: history.Create}, ok(job.Pending, 0))), []string{illegal}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newReport()
			checkHistory(c.calls, r)
			wantFound(t, r, c.want...)
		})
	}
}

// wantFound checks that exactly these ways of being wrong were found.
func wantFound(t *testing.T, r *report, ways ...string) {
	t.Helper()
	for _, way := range ways {
		if len(r.found[way]) == 0 {
			t.Errorf("not found: %s", way)
		}
		delete(r.found, way)
	}
	for way, found := range r.found {
		if len(found) > 0 {
			t.Errorf("%s: %v", way, found)
		}
	}
}
