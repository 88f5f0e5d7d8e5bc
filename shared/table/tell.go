package table

import "github.com/fflambda/fflambda/shared/job"

// tell is what a job.Tell or Retell does, and what it asks besides. It waits for the count, which uses the same watch.
func tell(e *expression, id string, m job.Move) error {
	e.conditions = append(e.conditions, "attribute_exists("+e.name(attributeTells)+")")
	if !m.Anew {
		e.conditions = append(e.conditions, "attribute_exists("+e.name(attributeNotice)+")")
	}
	e.where(attributeTries, "=", number(m.Tries))
	e.where(keyWatch, "<>", text(uncounted)) // also where there is none
	due := job.Milli(m.Told.DueAt)
	watchNotice(e, id, due)
	e.setTime(attributeNotice, due)
	e.set(attributeTries, number(m.Told.Tries))
	if m.Told.Error == "" {
		e.set(attributeError, nil)
	} else {
		e.set(attributeError, text(m.Told.Error))
	}
	if m.Told.Calls == (job.Calls{}) {
		e.set(attributeCalls, nil)
		return nil
	}
	calls := m.Told.Calls
	calls.DeliveredAt = job.Milli(calls.DeliveredAt)
	packed, err := pack(calls)
	if err != nil {
		return err
	}
	e.set(attributeCalls, packed)
	return nil
}
