package table

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/fflambda/fflambda/shared/job"
)

// moveTries is how often a move is written that nothing speaks against but the clock: each time, somebody else has
// moved the job in the meantime.
const moveTries = 10

// Move changes the job by m and returns it as it then is. It answers job.ErrNotFound, a *job.Conflict with the job as
// it stands where m's conditions do not hold, or job.ErrTooLarge where what m brings has no room in the item.
func (js *Jobs) Move(ctx context.Context, id string, m job.Move) (job.Job, error) {
	j, err := js.move(ctx, id, m)
	if err != nil {
		return job.Job{}, fmt.Errorf("%s %s: %w", m.Name, id, err)
	}
	return j, nil
}

func (js *Jobs) move(ctx context.Context, id string, m job.Move) (job.Job, error) {
	if err := js.mayRun(ctx, id, m); err != nil {
		return job.Job{}, err
	}
	token := rand.Text()
	at, began := m.At, time.Now()
	for range moveTries {
		it, err := js.write(ctx, id, m, token)
		if err == nil {
			return js.moved(ctx, it)
		}
		old, ok := refused(err)
		if !ok {
			return job.Job{}, fits(err)
		}
		if textOf(old[attributeToken]) == token { // an answer that was lost had the client write twice
			return js.moved(ctx, old)
		}
		j, err := js.living(old)
		if err != nil {
			return job.Job{}, err
		}
		// The time of a change must not be older than it has to be, see settle.
		if m.Told == nil {
			m.At = at.Add(time.Since(began))
		}
		next, err := m.Apply(j)
		if err != nil {
			return job.Job{}, err
		}
		// Nothing speaks against it but a clock that is behind the job's, or a count that is missing.
		if m.Told == nil {
			m.At = next.UpdatedAt
		} else if err := js.fold(ctx, j); err != nil {
			return job.Job{}, err
		}
	}
	return job.Job{}, fmt.Errorf("%w: it was moved %d times in the meantime", job.ErrBusy, moveTries)
}

// moved is the job of an item that was just written. One that has ended is counted.
func (js *Jobs) moved(ctx context.Context, it item) (job.Job, error) {
	j, err := decode(it)
	if err == nil && textOf(it[keyWatch]) == uncounted {
		js.count(ctx, j)
	}
	return j, err
}

// write is m as one conditional UpdateItem. It returns the item as it then is.
func (js *Jobs) write(ctx context.Context, id string, m job.Move, token string) (item, error) {
	e := &expression{}
	e.set(attributeToken, text(token))
	js.conditions(e, id, m)
	if m.Told != nil {
		if err := tell(e, id, m); err != nil {
			return nil, err
		}
	} else if err := js.changes(e, id, m); err != nil {
		return nil, err
	}
	out, err := js.table.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &js.table.config.Name, Key: jobKey(id),
		UpdateExpression: e.update(), ConditionExpression: e.condition(),
		ExpressionAttributeNames: e.names, ExpressionAttributeValues: e.values,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// conditions are those of job.Move.Apply, and that UpdatedAt grows.
func (js *Jobs) conditions(e *expression, id string, m job.Move) {
	states := []string{e.value(text("none"))} // no job is in this one; a list must not be empty
	for _, s := range m.From {
		if m.Told != nil || job.CanMove(s, m.To) {
			states = append(states, e.value(text(string(s))))
		}
	}
	e.conditions = append(e.conditions, e.name(attributeState)+" IN ("+strings.Join(states, ", ")+")")
	if m.Attempt != 0 {
		e.where(attributeAttempt, "=", number(m.Attempt))
	}
	if !m.LeaseBefore.IsZero() {
		lease := e.name(attributeLease)
		e.conditions = append(e.conditions,
			"(attribute_not_exists("+lease+") OR "+lease+" < "+e.value(text(timeText(job.CeilMilli(m.LeaseBefore))))+")")
	}
	if !m.SentBefore.IsZero() {
		sent := e.name(attributeSent)
		e.conditions = append(e.conditions,
			"(attribute_not_exists("+sent+") OR "+sent+" < "+e.value(text(timeText(job.CeilMilli(m.SentBefore))))+")")
	}
	if m.NewAttempt { // job.Waits
		wait, at := e.name(attributeBefore), job.Milli(m.At)
		e.conditions = append(e.conditions, "(attribute_not_exists("+wait+") OR "+wait+" <= "+e.value(text(timeText(at)))+
			" OR "+wait+" > "+e.value(text(timeText(at.Add(job.MaxWait))))+")")
	}
	if m.Told == nil && !keepsState(m) {
		e.where(keyUpdated, "<", text(timeKey(job.Milli(m.At), id)))
	}
}

// keepsState reports whether m is a heartbeat, or another message. No move both keeps one state and changes another.
func keepsState(m job.Move) bool { return slices.Contains(m.From, m.To) }

// changes is what m does to a job, as job.Move.Apply says.
func (js *Jobs) changes(e *expression, id string, m job.Move) error {
	at := job.Milli(m.At)
	if !keepsState(m) {
		e.set(attributeState, text(string(m.To)))
		e.sets = append(e.sets, e.name(keyList)+" = "+e.name(attributeLists)+"."+e.name(string(m.To)))
		e.set(keyUpdated, text(timeKey(at, id)))
		e.set(keyWatch, text(watched(m.To)))
	}
	lease := job.Milli(m.LeaseUntil)
	e.set(keyDue, text(timeKey(dueTime(m.To, at, lease), id)))
	e.setTime(attributeLease, lease)
	if m.To == job.Queued {
		e.setTime(attributeSent, at)
	}
	if m.NewAttempt {
		e.increase(attributeAttempt, 1)
		e.setTime(attributeStarted, at)
		e.set(attributeBefore, nil)
	}
	if m.Setback != nil {
		e.setTime(attributeBefore, job.Milli(m.NotBefore))
	}
	if m.Return {
		e.increase(attributeReturned, 1)
	}
	if m.Sandbox != "" {
		e.set(attributeSandbox, text(m.Sandbox))
	}
	if m.To.Terminal() {
		e.setTime(attributeFinished, at)
		e.setTime(attributeNotice, at)
		e.set(attributeTries, number(0))
		e.set(attributeError, nil)
		e.set(attributeCalls, nil)
		if expires, ok := js.table.expires(at); ok {
			e.set(attributeExpires, number(expires.Unix()))
		}
	}
	return brings(e, m)
}

// brings is what m says of the work itself.
func brings(e *expression, m job.Move) error {
	for _, part := range []struct {
		attribute   string
		there, gone bool
		value       any
	}{
		{attributeInputs, m.Inputs != nil, false, m.Inputs},
		{attributeProgress, m.Progress != nil, m.NewAttempt, m.Progress},
		{attributeRan, m.Ran != nil, m.NewAttempt, m.Ran},
		{attributeOutputs, m.To.Terminal() && m.Outputs != nil, m.To.Terminal(), m.Outputs},
		{attributeSetback, m.Setback != nil, false, m.Setback},
		{attributeFailure, m.To.Terminal() && m.Failure != nil, m.To.Terminal(), m.Failure},
	} {
		switch {
		case part.there:
			packed, err := pack(part.value)
			if err != nil {
				return err
			}
			e.set(part.attribute, packed)
		case part.gone:
			e.set(part.attribute, nil)
		}
	}
	return nil
}
