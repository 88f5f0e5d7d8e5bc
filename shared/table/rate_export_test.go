package table

import "time"

// At is t with a clock that stands still.
func (t *Table) At(at time.Time) *Table {
	return &Table{client: t.client, config: t.config, now: func() time.Time { return at }}
}
