package sqlite

import (
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// TestListPlan: no page is found by reading or sorting a whole table, which is what keeps lists of 100,000 jobs fast.
func TestListPlan(t *testing.T) {
	t.Parallel()
	db := openTemp(t)
	for _, order := range []job.Order{job.NewestFirst, job.UpdatedAsc, job.UpdatedDesc} {
		for _, states := range [][]job.State{{job.Failed}, {job.Pending, job.Queued}, job.States()} {
			query, args := listQuery(job.Query{Owner: "alice", API: job.FFmpeg, States: states, Order: order, Limit: 20})
			rows, err := db.read.QueryContext(t.Context(), "explain query plan "+query, args...)
			if err != nil {
				t.Fatal(err)
			}
			var plan []string
			for rows.Next() {
				var id, parent, unused int
				var step string
				if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
					t.Fatal(err)
				}
				plan = append(plan, step)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			text := strings.Join(plan, "\n")
			if !strings.Contains(text, "SEARCH job USING COVERING INDEX") || strings.Contains(text, "SCAN job") || strings.Contains(text, "TEMP B-TREE") {
				t.Errorf("order %d, states %v:\n%s", order, states, text)
			}
		}
	}
}
