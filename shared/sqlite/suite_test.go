package sqlite

import (
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest"
)

func TestTable(t *testing.T) {
	t.Parallel()
	jobtest.RunTable(t, func(t *testing.T) jobtest.Table { return openTemp(t).Jobs() })
}

func TestQueueSuite(t *testing.T) {
	t.Parallel()
	jobtest.RunQueue(t, 50*time.Millisecond, func(t *testing.T, o jobtest.QueueOptions) jobtest.Queue {
		return openTemp(t).Queue("jobs", QueueConfig{Visibility: o.Visibility, MaxReceive: o.MaxReceive})
	})
}

func TestQuotaSuite(t *testing.T) {
	t.Parallel()
	jobtest.RunQuota(t, func(t *testing.T, m job.Meter) jobtest.Table { return openTemp(t).Jobs().Metered(m) })
}

func TestPoller(t *testing.T) {
	t.Parallel()
	jobtest.RunPoller(t, openTemp(t).Jobs())
}
