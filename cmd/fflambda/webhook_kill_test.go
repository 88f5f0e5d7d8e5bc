package main

import (
	"net/http"
	"testing"
)

// overdue makes the job's notice one that should have been told long ago.
func (s *server) overdue(t *testing.T, id string) {
	t.Helper()
	s.edit(t, `update job set notice = 1, data = json_set(data, '$.notice.due_at', '2020-01-01T00:00:00Z') where id = ?`, id)
}

// delivered waits for the second call of a job's webhook, and for its record on the job.
func (s *server) delivered(t *testing.T, id string, calls <-chan call, first call) {
	t.Helper()
	again := receive(t, s, calls)
	if again.header.Get("webhook-id") != first.header.Get("webhook-id") || again.attempts(t)["count"] != 1.0 {
		t.Errorf("called again with %v, %s", again.header, again.body)
	}
	got := s.attempted(t, alice, id, 2)
	if got["delivered_at"] == nil || got["last_status"] != 200.0 || got["next_at"] != nil {
		t.Errorf("the record of the second call: %v", got)
	}
}

// TestWebhookKilledBetweenTries: a server that is killed while it waits for the next try makes that try when it is back,
// and knows of the one before.
func TestWebhookKilledBetweenTries(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	url, calls := receiver(t, http.StatusServiceUnavailable, http.StatusOK)
	s := start(t, options{})
	id := s.do(t, alice, "POST", "/api/ffmpeg", tone(object{"webhook_url": url})).text("data", "id")
	first := receive(t, s, calls)
	s.attempted(t, alice, id, 1)
	s.kill()
	s.edit(t, `update message set due = 0 where queue = 'notices' and body = ?`, id) // as if the pause had passed meanwhile
	s.overdue(t, id)
	s = start(t, options{data: s.data})
	s.delivered(t, id, calls, first)
}

// TestWebhookMessageLost: a server is killed between the write that ends a job and the message that has it told. The notice
// is on the job: the next server finds it.
func TestWebhookMessageLost(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	url, calls := receiver(t, http.StatusServiceUnavailable, http.StatusOK)
	s := start(t, options{})
	id := s.do(t, alice, "POST", "/api/ffmpeg", tone(object{"webhook_url": url})).text("data", "id")
	first := receive(t, s, calls)
	s.attempted(t, alice, id, 1)
	s.kill()
	s.edit(t, `delete from message where queue = 'notices' and body = ?`, id)
	s.overdue(t, id)
	s = start(t, options{data: s.data})
	s.delivered(t, id, calls, first)
}
