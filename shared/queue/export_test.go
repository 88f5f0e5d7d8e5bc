package queue

import "time"

// Clock has q go by another clock from now on.
func (q *Queue) Clock(now func() time.Time) { q.gauge.now, q.gauge.asked = now, now() }
