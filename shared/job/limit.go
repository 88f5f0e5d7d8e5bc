package job

import "fmt"

// Limits bound how many jobs wait and how many run. 0 is no limit.
type Limits struct {
	Queued       int // jobs of all owners together that wait: that are Pending or Queued
	QueuedOwner  int // the same of one owner, over both APIs
	RunningOwner int // jobs of one owner that run at the same time
}

// Full is what a table answers where a limit has no room: to a Create, which then stored nothing, and to a Claim, which
// then changed nothing. Both can be tried again.
type Full struct {
	Owner string // whose limit it is; empty: that of all
	Limit int
}

func (f *Full) Error() string {
	if f.Owner == "" {
		return fmt.Sprintf("%d jobs wait, which is the limit", f.Limit)
	}
	return fmt.Sprintf("owner %s is at the limit of %d jobs", f.Owner, f.Limit)
}
