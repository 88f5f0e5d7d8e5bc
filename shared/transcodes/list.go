package transcodes

import (
	"encoding/json"
	"errors"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Bounds of a page.
const (
	defaultLimit = 20
	maxLimit     = 100
	maxPage      = math.MaxInt32 // far past any list, and safe to multiply
)

// List is what GET /v1/transcodes asks for.
type List struct {
	States       []job.State // nil: any
	Since, Until time.Time   // on the update time, inclusive, in whole milliseconds; zero: open
	Order        job.Order
	Page, Limit  int
	None         bool // no job can match: the page is empty, and the table need not be asked
}

// ParseList reads the query. Parameters that are missing or empty have their defaults. Its errors are *Error.
func ParseList(q url.Values, hideQueued bool) (List, error) {
	var l List
	var err error
	if l.Page, err = number(q, "page", 1, maxPage); err != nil {
		return List{}, err
	}
	if l.Limit, err = number(q, "limit", defaultLimit, maxLimit); err != nil {
		return List{}, err
	}
	if l.Order, err = order(q.Get("order")); err != nil {
		return List{}, err
	}
	if l.Since, err = moment(q, "since"); err != nil {
		return List{}, err
	}
	if l.Until, err = moment(q, "until"); err != nil {
		return List{}, err
	}
	// Stored times are whole milliseconds: the bounds are moved to the ones that they let in.
	if whole := job.Milli(l.Since); whole.Before(l.Since) {
		l.Since = whole.Add(time.Millisecond)
	}
	l.Until = job.Milli(l.Until)
	if status := q.Get("status"); status != "" {
		l.States = States(status, hideQueued)
		l.None = len(l.States) == 0
	}
	if kind := q.Get("job_type"); kind != "" && kind != "transcode" {
		l.None = true
	}
	return l, nil
}

// Query is the list as a table takes it, for one owner.
func (l List) Query(owner string) job.Query {
	return job.Query{
		Owner: owner, API: job.Transcodes, States: l.States, Since: l.Since, Until: l.Until,
		Order: l.Order, Limit: l.Limit, Offset: (l.Page - 1) * l.Limit,
	}
}

// number reads a whole number and clamps it to 1..most.
func number(q url.Values, name string, unset, most int) (int, error) {
	s := strings.TrimSpace(q.Get(name))
	if s == "" {
		return unset, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil && !errors.Is(err, strconv.ErrRange) { // out of range, n is the nearest int: clamped like any other
		return 0, bad("%s must be a whole number", name)
	}
	return min(max(n, 1), most), nil
}

func order(s string) (job.Order, error) {
	switch s {
	case "", "created_at.desc":
		return job.NewestFirst, nil
	case "updated_at.asc":
		return job.UpdatedAsc, nil
	case "updated_at.desc":
		return job.UpdatedDesc, nil
	}
	return 0, bad("order must be one of: created_at.desc, updated_at.asc, updated_at.desc")
}

// timeForm is RFC 3339 with its offset optional and with or without a colon. A plus sign that was not escaped
// in the query arrives as a space.
var timeForm = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,9})?(?:([Zz])|([-+ ])(\d\d):?(\d\d))?$`)

func moment(q url.Values, name string) (time.Time, error) {
	s := q.Get(name)
	if s == "" {
		return time.Time{}, nil
	}
	m := timeForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, badTime(name)
	}
	zone := "Z"
	if sign := m[5]; sign != "" {
		zone = strings.ReplaceAll(sign, " ", "+") + m[6] + ":" + m[7]
	}
	t, err := time.Parse(time.RFC3339Nano, m[1]+"T"+m[2]+m[3]+zone)
	if err != nil {
		return time.Time{}, badTime(name)
	}
	return t.UTC(), nil
}

func badTime(name string) error {
	return bad("%s must be a time as in RFC 3339, such as 2026-01-31T12:00:00.000Z", name)
}

// Page is one page of a list as the API answers it.
type Page struct {
	Items []Job
	Page  int
	Limit int
	Total int // on all pages; the handler repeats it as X-Total-Count
}

// ShowPage is the answer to l, given what the table holds. With l.None, p is the zero Page.
func ShowPage(l List, p job.Page, v View) Page {
	page := Page{Items: make([]Job, 0, len(p.Jobs)), Page: l.Page, Limit: l.Limit, Total: p.Total}
	for _, j := range p.Jobs {
		page.Items = append(page.Items, Show(j, v))
	}
	return page
}

func (p Page) appendJSON(b []byte) ([]byte, error) {
	items := []byte{'['}
	for i, j := range p.Items {
		if i > 0 {
			items = append(items, ',')
		}
		var err error
		if items, err = j.appendJSON(items); err != nil {
			return nil, err
		}
	}
	return appendObject(b,
		member{name: "items", value: json.RawMessage(append(items, ']'))},
		member{name: "page", value: p.Page},
		member{name: "limit", value: p.Limit},
		member{name: "total", value: p.Total})
}

// MarshalJSON makes json.Marshal give the right fields too, if not the caller's bytes.
func (p Page) MarshalJSON() ([]byte, error) { return p.appendJSON(nil) }
