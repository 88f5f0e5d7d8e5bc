package ffmpegapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
)

func TestAttempts(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 8, 1, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		notice job.Notice
		want   string
	}{
		"not ended":   {job.Notice{}, `{"count":0,"last_status":null,"last_error":"","next_at":null,"delivered_at":null}`},
		"unreachable": {job.Notice{Tries: 1, DueAt: at, Error: "no", Calls: job.Calls{Count: 1}}, `{"count":1,"last_status":null,"last_error":"no","next_at":"2026-11-22T08:01:05.000Z","delivered_at":null}`},
		"given up":    {job.Notice{Tries: 6, Error: "no", Calls: job.Calls{Count: 6, Status: 503}}, `{"count":6,"last_status":503,"last_error":"no","next_at":null,"delivered_at":null}`},
		"delivered":   {job.Notice{Tries: 2, Calls: job.Calls{Count: 2, Status: 204, DeliveredAt: at}}, `{"count":2,"last_status":204,"last_error":"","next_at":null,"delivered_at":"2026-11-22T08:01:05.000Z"}`},
	} {
		j := example(job.Succeeded)
		j.Notice = c.notice
		got, err := json.Marshal(ffmpegapi.Show(j, link).WebhookAttempts)
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, c.want)
		}
	}
	quiet := example(job.Queued)
	if got := ffmpegapi.Show(quiet, link).WebhookAttempts; got != nil {
		t.Errorf("without a webhook: %+v", got)
	}
}
