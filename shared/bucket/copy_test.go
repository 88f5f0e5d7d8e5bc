package bucket_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/job"
)

// wire records the requests that a bucket makes, one line each.
func wire(lines chan<- string, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		lines <- fmt.Sprintf("%s %s?%s type=%s source=%s range=%s match=%s body=%s", r.Method, r.URL.EscapedPath(), r.URL.RawQuery,
			r.Header.Get("Content-Type"), r.Header.Get("X-Amz-Copy-Source"), r.Header.Get("X-Amz-Copy-Source-Range"),
			r.Header.Get("X-Amz-Copy-Source-If-Match"), body)
		answer(w, r)
	}
}

func collect(lines chan string) []string {
	close(lines)
	var got []string
	for line := range lines {
		got = append(got, line)
	}
	return got
}

func TestPutBytes(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 10)
	b := open(t, bucket.Config{LocalEndpoint: true}, wire(lines, func(http.ResponseWriter, *http.Request) {}))
	if err := b.PutBytes(t.Context(), "outbox/al/ü +.job.json", []byte("{}"), "application/json"); err != nil {
		t.Fatal(err)
	}
	want := []string{"PUT /media/outbox/al/%C3%BC%20%2B.job.json?x-id=PutObject type=application/json source= range= match= body={}"}
	if diff := cmp.Diff(want, collect(lines)); diff != "" {
		t.Error(diff)
	}
}

func TestCopyIsOneRequestUpTo5GiB(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 10)
	b := open(t, bucket.Config{}, wire(lines, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `<CopyObjectResult><ETag>"e"</ETag></CopyObjectResult>`)
	}))
	if err := b.Copy(t.Context(), "jobs/1/1/a b+ü%.mp4", "outbox/al/a.mp4", 5<<30); err != nil {
		t.Fatal(err)
	}
	want := []string{"PUT /media/outbox/al/a.mp4?x-id=CopyObject type= source=media/jobs/1/1/a%20b%2B%C3%BC%25.mp4 range= match= body="}
	if diff := cmp.Diff(want, collect(lines)); diff != "" {
		t.Error(diff)
	}
}

// S3 copies 5 GiB at most in one request. The type of the source has to be given to the copy by hand then.
func TestCopyGoesInPartsAbove5GiB(t *testing.T) {
	t.Parallel()
	lines := make(chan string, 20)
	b := open(t, bucket.Config{}, wire(lines, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodHead:
			w.Header().Set("Content-Length", fmt.Sprint(5<<30+1))
			w.Header().Set("Content-Type", "video/mp4")
			w.Header().Set("ETag", `"src"`)
		case r.URL.Query().Has("uploads"):
			_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>`)
		case r.Method == http.MethodPut:
			fmt.Fprintf(w, `<CopyPartResult><ETag>"p%s"</ETag></CopyPartResult>`, r.URL.Query().Get("partNumber"))
		default:
			_, _ = io.WriteString(w, `<CompleteMultipartUploadResult/>`)
		}
	}))
	if err := b.Copy(t.Context(), "jobs/1/1/a.mp4", "outbox/a.mp4", 5<<30+1); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"HEAD /media/jobs/1/1/a.mp4? type= source= range= match= body=",
		"POST /media/outbox/a.mp4?uploads= type=video/mp4 source= range= match= body=",
	}
	done := ""
	for i := range 6 {
		start, end := i<<30, (i+1)<<30-1
		want = append(want, fmt.Sprintf(`PUT /media/outbox/a.mp4?partNumber=%d&uploadId=u&x-id=UploadPartCopy type= source=media/jobs/1/1/a.mp4 range=bytes=%d-%d match="src" body=`,
			i+1, start, min(end, 5<<30)))
		done += fmt.Sprintf(`<Part><ETag>&#34;p%d&#34;</ETag><PartNumber>%d</PartNumber></Part>`, i+1, i+1)
	}
	want = append(want, `POST /media/outbox/a.mp4?uploadId=u type=application/xml source= range= match= body=`+
		`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`+done+`</CompleteMultipartUpload>`)
	if diff := cmp.Diff(want, collect(lines)); diff != "" {
		t.Error(diff)
	}
}

func TestCopyThatFailsLeavesNoParts(t *testing.T) {
	t.Parallel()
	aborted := make(chan bool, 1)
	b := open(t, bucket.Config{}, func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodHead:
			w.Header().Set("Content-Length", fmt.Sprint(6<<30))
		case http.MethodDelete:
			aborted <- r.URL.Query().Get("uploadId") == "u"
			w.WriteHeader(http.StatusNoContent)
		case http.MethodPost:
			_, _ = io.WriteString(w, `<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>`)
		default:
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `<Error><Code>NoSuchKey</Code></Error>`)
		}
	})
	if err := b.Copy(t.Context(), "from", "to", 6<<30); !errors.Is(err, job.ErrNoObject) {
		t.Errorf("in parts: got %v, want job.ErrNoObject", err)
	}
	if len(aborted) != 1 || !<-aborted {
		t.Error("the upload was not given up")
	}
	if err := b.Copy(t.Context(), "from", "to", 1); !errors.Is(err, job.ErrNoObject) {
		t.Errorf("at once: got %v, want job.ErrNoObject", err)
	}
}
