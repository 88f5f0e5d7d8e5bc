package main

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/fflambda/fflambda/cmd/chaos/history"
	"github.com/fflambda/fflambda/shared/job"
)

const decideTime = 10 * time.Second // for the order of one job's calls to be found

// register is a job as its table has to keep it: one that moves by single steps, each of them legal.
type register struct {
	state   job.State // empty: there is none
	attempt int
}

// checkHistory says whether each job's calls could have been made one after another, each at some moment between its
// begin and its end, so that every answer was true. A call whose end is not known may have worked at any time, or never.
func checkHistory(calls []history.Call, r *report) {
	byJob := map[string][]history.Call{}
	var ids []string
	for _, c := range calls {
		if byJob[c.Asked.Job] == nil {
			ids = append(ids, c.Asked.Job)
		}
		byJob[c.Asked.Job] = append(byJob[c.Asked.Job], c)
	}
	for _, id := range ids {
		checkEnds(id, byJob[id], r)
		switch porcupine.CheckOperationsTimeout(model(), operations(byJob[id]), decideTime) {
		case porcupine.Illegal:
			r.wrong(illegal, "job %s: %s", id, describe(byJob[id]))
		case porcupine.Unknown:
			r.wrong(illegal, "job %s: not decided in %s", id, decideTime)
		}
	}
}

// checkEnds says in plain words what the model says too.
func checkEnds(id string, calls []history.Call, r *report) {
	var ends []string
	for _, c := range calls {
		if c.Asked.Kind == history.Move && c.Answer.Result == history.OK {
			r.count("moves", c.Asked.Name)
			if c.Asked.To.Terminal() {
				ends = append(ends, c.Asked.Name)
			}
		}
	}
	if len(ends) > 1 {
		r.wrong(twiceEnded, "job %s: %v", id, ends)
	}
}

func operations(calls []history.Call) []porcupine.Operation {
	ops := make([]porcupine.Operation, len(calls))
	for i, c := range calls {
		end := c.Ended
		if c.Answer.Result == history.Unknown {
			end = math.MaxInt64
		}
		ops[i] = porcupine.Operation{ClientId: i, Input: c.Asked, Output: c.Answer, Call: c.Began, Return: end}
	}
	return ops
}

func model() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{register{}} },
		Step: func(state, input, output any) []any {
			var next []any
			for _, s := range step(state.(register), input.(history.Begin), output.(history.End)) { //nolint:errcheck // the only types there are
				next = append(next, s)
			}
			return next
		},
	}
	return m.ToModel()
}

// step is what a job can be after a call with that answer; nothing, where the answer cannot have been given.
func step(s register, asked history.Begin, answer history.End) []register {
	after, legal := apply(s, asked)
	stands := register{answer.State, answer.Attempt}
	switch answer.Result {
	case history.OK:
		if asked.Kind == history.Find {
			legal, after = true, s
		}
		if legal && after == stands {
			return []register{after}
		}
	case history.Taken, history.Conflict:
		if s == stands && s.state != "" {
			return []register{s}
		}
	case history.Missing:
		if s.state == "" {
			return []register{s}
		}
	case history.Unknown:
		if legal {
			return []register{s, after}
		}
		return []register{s}
	}
	return nil
}

// apply is the job after a call that worked, and whether it can have worked.
func apply(s register, asked history.Begin) (register, bool) {
	switch {
	case asked.Kind == history.Create:
		return register{job.Pending, 0}, s.state == ""
	case asked.Kind == history.Find:
		return s, true
	case !slices.Contains(asked.From, s.state), !job.CanMove(s.state, asked.To), asked.Attempt != 0 && asked.Attempt != s.attempt:
		return s, false
	case asked.NewAttempt:
		return register{asked.To, s.attempt + 1}, true
	}
	return register{asked.To, s.attempt}, true
}

// describe is a job's calls in a line, for who has to find out what was wrong.
func describe(calls []history.Call) string {
	text := ""
	for _, c := range calls {
		took := "never answered"
		if c.Ended != 0 {
			took = fmt.Sprint(time.Duration(c.Ended - c.Began))
		}
		text += fmt.Sprintf("\n  +%s (%s) %s%s at %d: %s %s %d %s", time.Duration(c.Began-calls[0].Began), took,
			c.Asked.Kind, " "+c.Asked.Name, c.Asked.Attempt, c.Answer.Result, c.Answer.State, c.Answer.Attempt, c.Answer.Error)
	}
	return text
}
