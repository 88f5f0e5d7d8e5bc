package functions_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
)

// TestIdempotencyRace: 50 creates at once under one Idempotency-Key, each in a function of its own, are one job and one
// message. moto would let two conditional writes win, so the table is in DynamoDB Local.
func TestIdempotencyRace(t *testing.T) {
	t.Parallel()
	s := newSite(t, standin.DynamoDB(t))
	for name, c := range map[string]struct {
		file, body string
		status     int
	}{
		"v1":  {"create", `{"inputs":[{"url":"` + s.tone() + `"}],"outputFormat":"mp3"}`, 201},
		"api": {"create", `{"input_files":{"in":"` + s.tone() + `"},"output_files":["o.mp3"],"ffmpeg_commands":["-i {{in}} {{o.mp3}}"]}`, 200},
	} {
		event := s.request(t, c.file)
		event.Body = c.body
		if name == "api" {
			event.Path, event.Resource, event.RequestContext.ResourcePath = "/api/ffmpeg", "/api/ffmpeg", "/api/ffmpeg"
		}
		event.Headers["Idempotency-Key"] = "one"
		event.MultiValueHeaders["Idempotency-Key"] = []string{"one"}
		answers := make([]answer, 50)
		instances := make([]*instance, len(answers))
		for i := range instances {
			instances[i] = s.instance(t)
			instances[i].wire.table = &sync.Mutex{} // DynamoDB needs no order
		}
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() { answers[i] = instances[i].request(t, event, api.Create) })
		}
		all.Wait()
		first := 0
		for _, a := range answers {
			if a.status != c.status || jobOf(a) == nil || jobOf(a) != jobOf(answers[0]) {
				t.Errorf("%s: %d %v, and another %v", name, a.status, a.body, answers[0].body)
			}
			if len(a.header["Idempotent-Replayed"]) == 0 {
				first++
			}
		}
		if first != 1 {
			t.Errorf("%s: %d answers say that they made the job", name, first)
		}
		event.Body += " "
		if a := instances[0].request(t, event, api.Create); a.status != 409 {
			t.Errorf("%s: another body: %d %v", name, a.status, a.body)
		}
		s.take(t)
		ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if m, err := s.queue.Receive(ctx); err == nil {
			t.Errorf("%s: another message, of job %s", name, m.Body)
		}
		stop()
	}
}

// jobOf is the id of the job that an answer of either API is about.
func jobOf(a answer) any {
	if data, ok := a.body["data"].(map[string]any); ok {
		return data["id"]
	}
	return a.body["id"]
}
