package ffmpegapi

import (
	"errors"
	"math"
	"net/url"
	"strconv"
)

const (
	defaultLimit = 50
	maxLimit     = 100
)

// List is one page of jobs.
type List struct {
	Data   []Job  `json:"data"`
	Paging Paging `json:"pagingParams"`
}

// Paging says which page it is: the limit and the offset that were applied.
type Paging struct {
	Limit   int  `json:"limit"`
	Offset  int  `json:"offset"`
	Total   int  `json:"total"`
	HasMore bool `json:"hasMore"`
}

// Many makes a page of jobs; total is the number of jobs on all pages.
func Many(jobs []Job, limit, offset, total int) List {
	if jobs == nil {
		jobs = []Job{}
	}
	return List{Data: jobs, Paging: Paging{Limit: limit, Offset: offset, Total: total, HasMore: offset+len(jobs) < total}}
}

// ParseList reads the query of GET /api/jobs. A limit above 100 is 100. Its errors are *Error.
func ParseList(q url.Values) (limit, offset int, err error) {
	limit, err = number(q, "limit", defaultLimit, 1)
	if err != nil {
		return 0, 0, err
	}
	offset, err = number(q, "offset", 0, 0)
	if err != nil {
		return 0, 0, err
	}
	return min(limit, maxLimit), offset, nil
}

// number reads a whole number of at least least. One that is too large for any list counts as the largest.
func number(q url.Values, name string, fallback, least int) (int, error) {
	if !q.Has(name) {
		return fallback, nil
	}
	n, err := strconv.ParseInt(q.Get(name), 10, 32)
	if errors.Is(err, strconv.ErrRange) && n > 0 {
		return math.MaxInt32, nil
	}
	if err != nil || int(n) < least {
		return 0, Invalid("%s: must be a whole number of at least %d", name, least)
	}
	return int(n), nil
}
