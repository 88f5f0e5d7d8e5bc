package functions_test

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
)

// exampleDone is the job that the example events of status and download name.
const exampleDone = "6f1c2a34-0000-4000-8000-000000000001"

// life takes a job through its life: it is created, run, read and downloaded, each time by a function that was just
// started, as after a night without requests. It is too short for a heartbeat.
func life(tb testing.TB, s *site, started func() *instance) map[string]*instance {
	tb.Helper()
	all := map[string]*instance{}
	for _, name := range []string{"create", "worker", "status", "download"} {
		all[name] = started()
	}
	run := all["worker"].worker(tb)
	made := all["create"].request(tb, s.create(tb), api.Create)
	id, _ := made.body["id"].(string)
	if made.status != 201 {
		tb.Fatalf("create: %d %v", made.status, made.body)
	}
	run.handled(tb, s.take(tb))
	if a := all["status"].request(tb, s.request(tb, "status", exampleDone, id), api.Status); a.status != 200 || a.body["status"] != "completed" {
		tb.Errorf("status: %d %v", a.status, a.body)
	}
	if a := all["download"].request(tb, s.request(tb, "download", exampleDone, id), api.Download); a.status != 200 || a.body["url"] == nil {
		tb.Errorf("download: %d %v", a.status, a.body)
	}
	return all
}

// lifeCalls is how often a life calls AWS, if nothing fails.
const lifeCalls = 11

// services adds up calls by service.
func services(all ...*instance) (by map[string]int, total int) {
	by = map[string]int{}
	for _, i := range all {
		for operation, n := range i.calls.Calls() {
			service, _, _ := strings.Cut(operation, ".")
			by[service] += n
			total += n
		}
	}
	return by, total
}

// TestCalls: a job costs few calls of AWS. Receiving and deleting its message is Lambda's, and not counted.
func TestCalls(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	all := life(t, s, func() *instance { return s.instance(t) })
	for name, most := range map[string]int{
		"create":   4, // the key, the job, its message, and that the message was sent
		"worker":   5, // claim, input, output, end, and the owner's count of ended jobs
		"status":   1, // the key and the job
		"download": 1,
	} {
		by, total := services(all[name])
		t.Logf("%s: %d calls, %v", name, total, by)
		if total > most || total == 0 {
			t.Errorf("%s: %v, want %d at most", name, all[name].calls.Calls(), most)
		}
	}
	if by, total := services(slices.Collect(maps.Values(all))...); total != lifeCalls {
		t.Errorf("%d calls in all, %v; want %d", total, by, lifeCalls)
	}
}

// BenchmarkJob reports what a job asks of AWS: calls, and capacity units as DynamoDB Local counts them. `make bench` reads it.
func BenchmarkJob(b *testing.B) {
	for b.Loop() {
		m := &meter{}
		s := newSite(b, standin.DynamoDB(b))
		all := life(b, s, func() *instance { return s.instance(b, m.watch) })
		reads, writes := m.take()
		by, total := services(slices.Collect(maps.Values(all))...)
		for service, n := range by {
			b.ReportMetric(float64(n), strings.ToLower(service)+"-calls")
		}
		_, untilRead := services(all["create"], all["worker"], all["status"])
		b.ReportMetric(float64(total), "calls")
		b.ReportMetric(float64(untilRead), "until-read-calls")
		b.ReportMetric(reads, "read-units")
		b.ReportMetric(writes, "write-units")
		b.ReportMetric(heartbeat(b, s, m), "heartbeat-units")
	}
}

// heartbeat is what the 30 heartbeats of a minute write, each on average.
func heartbeat(b *testing.B, s *site, m *meter) (writes float64) {
	b.Helper()
	const lease, every, minute = 30 * time.Second, 2 * time.Second, 30
	j := s.created(b)
	jobs := s.instance(b, m.watch).Table.Jobs()
	at := time.Now()
	_, err := jobs.Move(b.Context(), j.ID, job.Claim(at, lease))
	must(b, err)
	m.take()
	for n := range minute {
		percent := float64(n)
		at = at.Add(every)
		renew := job.Renew(at, 1, lease)
		renew.Progress = &job.Progress{Percent: &percent, Speed: 1.5, ETA: 20}
		_, err := jobs.Move(b.Context(), j.ID, renew)
		must(b, err)
	}
	_, writes = m.take()
	return writes / minute
}

// meter adds up the capacity units that DynamoDB says were consumed.
type meter struct {
	mu            sync.Mutex
	reads, writes float64
}

// take begins anew, and returns what there was.
func (m *meter) take() (reads, writes float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	reads, writes = m.reads, m.writes
	m.reads, m.writes = 0, 0
	return reads, writes
}

// watch has clients of cfg ask for the units.
func (m *meter) watch(cfg *aws.Config) {
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("meter", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			if f := reflect.ValueOf(in.Parameters).Elem().FieldByName("ReturnConsumedCapacity"); f.IsValid() {
				f.SetString(string(types.ReturnConsumedCapacityTotal))
			}
			out, metadata, err := next.HandleInitialize(ctx, in)
			if err == nil {
				m.add(middleware.GetOperationName(ctx), out.Result)
			}
			return out, metadata, err
		}), middleware.After)
	})
}

func (m *meter) add(operation string, result any) {
	f := reflect.ValueOf(result).Elem().FieldByName("ConsumedCapacity")
	if !f.IsValid() {
		return // another service's
	}
	var units float64
	switch c := f.Interface().(type) {
	case *types.ConsumedCapacity:
		units = aws.ToFloat64(c.CapacityUnits)
	case []types.ConsumedCapacity:
		for _, part := range c {
			units += aws.ToFloat64(part.CapacityUnits)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "Query") || strings.HasPrefix(operation, "BatchGet") {
		m.reads += units
	} else {
		m.writes += units
	}
}
