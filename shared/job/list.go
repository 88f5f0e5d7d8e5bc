package job

import "time"

// Order is how a list is sorted. Jobs of one millisecond are ordered by id, so that pages never overlap.
type Order int

const (
	NewestFirst Order = iota // by CreatedAt, descending
	UpdatedAsc
	UpdatedDesc
)

// Query selects the jobs of one owner and one API.
type Query struct {
	Owner  string
	API    API
	States []State   // nil: any
	Since  time.Time // on UpdatedAt, inclusive; zero: open
	Until  time.Time
	Order  Order
	Limit  int
	Offset int
}

// Page is one page of a list, and the number of jobs on all pages.
type Page struct {
	Jobs  []Job
	Total int
}

// Overdue selects jobs for rescue, oldest first: Running ones whose lease ended before Before, Queued ones whose last message
// was sent before Before, or ones of another state that are in it since before Before. With Notice set, State is not looked at:
// finished ones whose Notice is due before Before.
type Overdue struct {
	State  State
	Notice bool
	Before time.Time
	Limit  int
}
