package functions_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/functions/internal/work"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/table"
	"github.com/fflambda/fflambda/shared/worker"
)

// rescueAt is the function rescue's work, with a clock that is wrong by so much.
func (s *site) rescueAt(t *testing.T, ahead time.Duration) *worker.Rescue {
	t.Helper()
	r := work.Parts(s.instance(t).Home).Rescue()
	r.Now = func() time.Time { return time.Now().Add(ahead) }
	r.Clock = r.Now
	return r
}

func TestWorkerFaults(t *testing.T) {
	t.Parallel()
	atOnce(t, map[string]func(*testing.T){
		"claim fails": claimFails, "finish fails": finishFails, "frozen heartbeat": frozenHeartbeat,
	})
}

// claimFails: a worker that cannot reach the table says which message must come again.
func claimFails(t *testing.T) {
	s := newSite(t, "")
	j := s.created(t)
	i := s.instance(t)
	run := i.worker(t)
	i.wire.breaks(fault{operation: "DynamoDB.", times: always, does: refuse(400, "ThrottlingException")})
	got, err := run(t.Context(), s.take(t))
	want := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{{ItemIdentifier: "m-" + j.ID}}}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("answer %v, %v; want %v", got, err, want)
	}
	s.wantState(t, j.ID, job.Queued, 0)
}

// finishFails: a job whose end cannot be written is run again when its lease has ended.
func finishFails(t *testing.T) {
	s := newSite(t, "")
	j := s.created(t)
	first, second := s.instance(t), s.instance(t)
	run := first.worker(t)
	first.wire.breaks(fault{operation: "DynamoDB.UpdateItem", skip: 1, times: always, does: refuse(500, "InternalServerError")})
	run.handled(t, s.take(t)) // the message has done its part: the lease is what counts now
	first.log.want(t, "job cannot be finished")
	s.wantState(t, j.ID, job.Running, 1)

	must(t, s.rescueAt(t, 0).Round(t.Context()))
	s.wantState(t, j.ID, job.Running, 1)
	must(t, s.rescueAt(t, 31*time.Second+table.Slack).Round(t.Context()))
	second.worker(t).handled(t, s.take(t))
	s.onlyOutput(t, s.wantState(t, j.ID, job.Succeeded, 2), 2)
}

// onlyOutput checks that the job names one file, the attempt's, and that it is there.
func (s *site) onlyOutput(t *testing.T, j job.Job, attempt int) {
	t.Helper()
	if len(j.Outputs) != 1 || j.Outputs[0].Key != job.OutputKey(j.ID, attempt, j.Outputs[0].Name) {
		t.Fatalf("the outputs are %+v, want one of attempt %d", j.Outputs, attempt)
	}
	if _, err := s.files.Head(t.Context(), j.Outputs[0].Key); err != nil {
		t.Error(err)
	}
}

// TestMessagesWithoutWork: a message of a job that is gone, and those that are none of ours, are logged and done with.
func TestMessagesWithoutWork(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	i := s.instance(t)
	run := i.worker(t)
	done := s.created(t)
	_, err := s.jobs.Move(t.Context(), done.ID, job.Cancel(time.Now()))
	must(t, err)
	data, err := os.ReadFile(filepath.Join("..", "events", "worker-foreign.json"))
	must(t, err)
	var foreign events.SQSEvent
	must(t, json.Unmarshal(data, &foreign))
	for name, e := range map[string]events.SQSEvent{
		"gone": messages(job.NewID(), "r"), "cancelled": messages(done.ID, "r"), "foreign": foreign,
		"empty": messages("", "r"), "not UTF-8": messages("\xff\xfe", "r"), "long": messages(strings.Repeat("6", 256<<10), "r"), "none": {},
	} {
		t.Run(name, func(t *testing.T) { run.handled(t, e) })
	}
	i.log.want(t, `"message without work","job":"`+done.ID)
	i.log.want(t, "message that names no job")
	if n := strings.Count(i.log.String(), "\n"); n != 6 {
		t.Errorf("%d lines in the log, want one a message:\n%s", n, i.log)
	}
	if len(i.log.String()) > 6000 {
		t.Errorf("the log takes over what a stranger sent: %d bytes", len(i.log.String()))
	}
}

// TestForeignObjects: an S3 event that tells of nothing that could become a job is logged and done with.
func TestForeignObjects(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	data, err := os.ReadFile(filepath.Join("..", "events", "ingest.json"))
	must(t, err)
	ours := strings.ReplaceAll(string(data), eventsBucket, s.name)
	for name, c := range map[string]struct{ event, logged string }{
		"another bucket":   {string(data), "another bucket"},
		"deleted by now":   {ours, "was deleted"},
		"no object":        {strings.Replace(ours, "ObjectCreated:Put", "ObjectRemoved:Delete", 1), "no object was created"},
		"not S3's":         {strings.Replace(ours, `"aws:s3"`, `"aws:sns"`, 1), "not from S3"},
		"bad encoding":     {strings.Replace(ours, "%C3%A9t", "%C3%ZZ", 1), "cannot be decoded"},
		"S3's test":        {`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"` + s.name + `"}`, "without records"},
		"no JSON":          {`{"Records":`, "not an S3 event"},
		"another shape":    {`{"Records":"none"}`, "not an S3 event"},
		"outside of inbox": {strings.Replace(ours, "inbox/demo/", "elsewhere/", 1), "elsewhere/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := s.instance(t)
			if err := work.Parts(i.Home).Inbox().Event(t.Context(), []byte(c.event)); err != nil {
				t.Errorf("it comes again: %v", err)
			}
			i.log.want(t, c.logged)
			if n := i.calls.Calls()["DynamoDB.PutItem"]; n != 0 {
				t.Errorf("%d jobs were made", n)
			}
		})
	}
}

// TestInputDeleted: the job says that its input is not there any more.
func TestInputDeleted(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	j := s.created(t)
	must(t, s.files.Delete(t.Context(), job.UploadKey(owner, "tone.wav")))
	s.instance(t).worker(t).handled(t, s.take(t))
	if j = s.wantState(t, j.ID, job.Failed, 1); j.Failure != nil && (j.Failure.Code != job.InputUnreachable || !strings.Contains(j.Failure.Message, "no such file")) {
		t.Errorf("it failed for %v", j.Failure)
	}
}

// TestBucketRefuses: while the bucket takes no files the job waits for another try, and nothing of this one is named.
func TestBucketRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	j := s.created(t)
	i := s.instance(t)
	run := i.worker(t)
	i.wire.breaks(fault{operation: "S3.PUT", times: always, does: refuse(http.StatusForbidden, "AccessDenied")})
	run.handled(t, s.take(t))
	j = s.wantState(t, j.ID, job.Queued, 1)
	if f := j.Setback; f == nil || f.Code != job.Internal || !f.Retry || strings.Contains(f.Message, "AccessDenied") || j.Outputs != nil {
		t.Errorf("it waits because of %v, with outputs %v", f, j.Outputs)
	}
	i.log.want(t, "AccessDenied") // for the operator
}

// TestTwoWorkers: of two that get one message at the same time, one runs the job.
func TestTwoWorkers(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	j := s.created(t)
	message := s.take(t)
	arrived, release := make(chan string, 2), make(chan struct{})
	a, b := s.instance(t), s.instance(t)
	var both sync.WaitGroup
	for _, i := range []*instance{a, b} {
		run := i.worker(t)
		i.wire.breaks(fault{operation: "DynamoDB.UpdateItem", times: 1, does: i.wire.hold(arrived, release)}) // the claim
		both.Go(func() { run.handled(t, message) })
	}
	<-arrived
	<-arrived
	close(release)
	both.Wait()
	s.onlyOutput(t, s.wantState(t, j.ID, job.Succeeded, 1), 1)
	if said := a.log.String() + b.log.String(); strings.Count(said, `"job started"`) != 1 || strings.Count(said, "message without work") != 1 {
		t.Errorf("want one that runs it and one that does not:\n%s", said)
	}
}

// frozenHeartbeat: an environment is frozen while a renewal of its lease is under way. The job is taken back and
// run by another; when the first one goes on, it loses: all its writes ask for its own attempt.
//
// A clock of rescue's that is minutes ahead does the same to a job whose worker is well: it is run twice at once, and
// the second run counts. A clock that is behind takes back that much later.
func frozenHeartbeat(t *testing.T) {
	s := newSite(t, "")
	j := s.created(t)
	frozen, second := s.instance(t), s.instance(t)
	run := frozen.worker(t)
	fetching, fetch := make(chan string, 1), make(chan struct{})
	renewing, renew := make(chan string, 9), make(chan struct{})
	frozen.wire.breaks(
		fault{operation: "S3.GET", times: 1, does: frozen.wire.hold(fetching, fetch)}, // so that the job lasts until the first heartbeat
		fault{operation: "DynamoDB.UpdateItem", skip: 1, times: always, does: frozen.wire.hold(renewing, renew)})
	var first sync.WaitGroup
	message := s.take(t)
	first.Go(func() { run.handled(t, message) })
	<-fetching
	<-renewing
	close(fetch)

	must(t, s.rescueAt(t, 5*time.Minute).Round(t.Context()))
	runAgain, again := second.worker(t), s.take(t)
	fetchingAgain, fetchAgain := make(chan string, 1), make(chan struct{})
	second.wire.breaks(fault{operation: "S3.GET", times: 1, does: second.wire.hold(fetchingAgain, fetchAgain)})
	var other sync.WaitGroup
	other.Go(func() { runAgain.handled(t, again) })
	<-fetchingAgain

	frozen.log.until(t, `"msg":"ran"`) // its work is done before it hears that the job is lost
	close(renew)
	first.Wait()
	frozen.log.want(t, `"job given up"`)
	frozen.log.want(t, "succeed "+j.ID+": job is running at attempt 2")
	s.wantState(t, j.ID, job.Running, 2)
	close(fetchAgain)
	other.Wait()
	j = s.wantState(t, j.ID, job.Succeeded, 2)
	s.onlyOutput(t, j, 2)
	key := job.OutputKey(j.ID, 1, j.Outputs[0].Name)
	if _, err := s.files.Head(t.Context(), key); !errors.Is(err, job.ErrNoObject) {
		t.Errorf("%s, which no job names, is still there: %v", key, err)
	}
}

// TestSkew: leases go by the table's clock, and are over for rescue when they have been for as long as two readings of it
// may differ.
func TestSkew(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	j := s.created(t)
	const lease = 30 * time.Second
	now := time.Now()
	for _, m := range []job.Move{job.Claim(now, lease), job.Renew(now.Add(-5*time.Second), 1, lease)} {
		_, err := s.jobs.Move(t.Context(), j.ID, m)
		must(t, err)
	}
	must(t, s.rescueAt(t, 15*time.Second+table.Slack).Round(t.Context()))
	s.wantState(t, j.ID, job.Running, 1)
	must(t, s.rescueAt(t, 28*time.Second+table.Slack).Round(t.Context()))
	s.wantState(t, j.ID, job.Queued, 1)
}
