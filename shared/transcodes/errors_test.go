package transcodes

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fflambda/fflambda/shared/job"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err    *Error
		status int
		body   string
	}{
		{Unauthorized(), http.StatusUnauthorized, `{"error":"unauthorized"}`},
		{ForeignObject(1), http.StatusForbidden, `{"error":"inputs[1].url: this file does not belong to your key"}`},
		{NotFound(), http.StatusNotFound, `{"error":"Transcode not found"}`},
		{NoRoute(), http.StatusNotFound, `{"error":"Not found"}`},
		{NotPart("/v1/transcribe"), http.StatusNotFound, `{"error":"/v1/transcribe is not part of this server"}`},
		{MethodNotAllowed("PUT"), http.StatusMethodNotAllowed, `{"error":"Method PUT is not allowed here"}`},
		{
			KeyReused(), http.StatusConflict,
			`{"error":"This Idempotency-Key was already used with another request body",` +
				`"details":"Send the same body to get the first answer again, or another key to create another job."}`,
		},
		{TooLarge(1 << 20), http.StatusRequestEntityTooLarge, `{"error":"Request body too large. Maximum allowed size is 1048576 bytes."}`},
		{TooMany(), http.StatusTooManyRequests, `{"error":"Too many requests. Wait as long as Retry-After says."}`},
		{Internal(), http.StatusInternalServerError, `{"error":"Internal error"}`},
		{FileNotFound(), http.StatusBadRequest, `{"error":"File not found in GCS bucket"}`},
		{SizeMismatch(), http.StatusBadRequest, `{"error":"File size mismatch"}`},
		{CannotCancel(job.Succeeded), http.StatusBadRequest, `{"error":"Cannot cancel job in status: completed"}`},
		{CannotCancel(job.Cancelled), http.StatusBadRequest, `{"error":"Cannot cancel job in status: canceled"}`},
	}
	for _, test := range tests {
		body, err := Encode(test.err)
		if err != nil {
			t.Fatal(err)
		}
		if test.err.Status != test.status || string(body) != test.body {
			t.Errorf("got %d %s\nwant %d %s", test.err.Status, body, test.status, test.body)
		}
	}
}

func TestClip(t *testing.T) {
	t.Parallel()
	if got := clip(strings.Repeat("é", 200)); !utf8.ValidString(got) || len(got) > 90 {
		t.Errorf("%q", got)
	}
}
