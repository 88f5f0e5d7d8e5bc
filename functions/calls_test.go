package functions_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/job"
)

// TestCalls: a job costs few calls of AWS. The functions are all new, as after a night without requests.
func TestCalls(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	all := map[string]int{}
	step := func(name string, i *instance) {
		calls := i.calls.Calls()
		t.Logf("%s: %v", name, calls)
		for operation, n := range calls {
			service, _, _ := strings.Cut(operation, ".")
			all[service] += n
		}
	}
	create, worker, status, download := s.instance(t), s.instance(t), s.instance(t), s.instance(t)
	run := worker.worker(t)

	made := create.request(t, s.create(t), api.Create)
	id, _ := made.body["id"].(string)
	if made.status != 201 {
		t.Fatalf("create: %d %v", made.status, made.body)
	}
	step("create", create)
	run.handled(t, s.take(t))
	step("worker", worker)
	s.wantState(t, id, job.Succeeded, 1)
	if a := status.request(t, s.request(t, "status", exampleDone, id), api.Status); a.status != 200 || a.body["status"] != "completed" {
		t.Errorf("status: %d %v", a.status, a.body)
	}
	step("status", status)
	if a := download.request(t, s.request(t, "download", exampleDone, id), api.Download); a.status != 200 || a.body["url"] == nil {
		t.Errorf("download: %d %v", a.status, a.body)
	}
	step("download", download)

	total := 0
	for _, service := range slices.Sorted(maps.Keys(all)) {
		t.Logf("%s: %d", service, all[service])
		total += all[service]
	}
	t.Logf("together: %d", total)
	if total > 12 {
		t.Errorf("%d calls of AWS, want 12 at most", total)
	}
}

// exampleDone is the job that the example events of status and download name.
const exampleDone = "6f1c2a34-0000-4000-8000-000000000001"
