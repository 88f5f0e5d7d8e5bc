package transcodes

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// FuzzParseList: whatever is asked, the answer is a 400, or a page that a table can give.
func FuzzParseList(f *testing.F) {
	for _, query := range []string{"", "page=2&limit=5", "page=99999999999999999999&limit=-1", "page=1e3", "since=2026-01-31T12:00:00 02:00&until=9999-12-31T23:59:59.999999999Z",
		"since=0000-01-01T00:00:00-23:59", "status=processing&order=updated_at.asc&job_type=x", "page=%00", "page=+1", "limit=0x1", "status=%ff"} {
		f.Add(query, true)
	}
	f.Fuzz(func(t *testing.T, query string, hide bool) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		l, err := ParseList(values, hide)
		if err != nil {
			if e, ok := errors.AsType[*Error](err); !ok || e.Status != http.StatusBadRequest || e.Message == "" {
				t.Errorf("%q: %#v is no 400", query, err)
			}
			return
		}
		q := l.Query("alice")
		if q.Limit < 1 || q.Limit > maxLimit || q.Offset < 0 || q.Offset > math.MaxInt32*maxLimit || q.Owner != "alice" || q.API != job.Transcodes {
			t.Errorf("%q: %+v", query, q)
		}
		if job.Milli(q.Since) != q.Since || job.Milli(q.Until) != q.Until {
			t.Errorf("%q: %s to %s are no milliseconds", query, q.Since, q.Until)
		}
	})
}
