package bucket_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/job"
)

// open returns a bucket whose S3 is answer. Package localbucket's tests run the adapter against a real one;
// here is what only the wire shows, or what a real one does not do on request.
func open(t *testing.T, c bucket.Config, answer http.HandlerFunc) *bucket.Bucket {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c.Name = "media"
	return bucket.New(s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(server.URL), UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials:                credentials.NewStaticCredentialsProvider("AKIA", "secret", ""),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported, // what config.LoadDefaultConfig sets
	}), c)
}

func file(t *testing.T, content string) *os.File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestPutSendsTheWholeFileInOneRequest(t *testing.T) {
	t.Parallel()
	for _, local := range []bool{true, false} {
		t.Run(fmt.Sprint("local=", local), func(t *testing.T) {
			t.Parallel()
			type request struct {
				Method, Path, Type, Body string
				Length                   int64
				Unsigned, Summed         bool
			}
			got := make(chan request, 4)
			b := open(t, bucket.Config{LocalEndpoint: local}, func(_ http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				got <- request{
					r.Method, r.URL.Path, r.Header.Get("Content-Type"), string(body), r.ContentLength,
					r.Header.Get("X-Amz-Content-Sha256") == "UNSIGNED-PAYLOAD", r.Header.Get("X-Amz-Checksum-Crc32") != "",
				}
			})
			f := file(t, "picture")
			if _, err := f.Seek(3, io.SeekStart); err != nil {
				t.Fatal(err)
			}
			if err := b.Put(t.Context(), "jobs/1/1/a.mp4", f, "video/mp4"); err != nil {
				t.Fatal(err)
			}
			want := request{"PUT", "/media/jobs/1/1/a.mp4", "video/mp4", "picture", 7, local, !local}
			if diff := cmp.Diff(want, <-got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPresignPutSignsTypeAndLengthAndNothingElse(t *testing.T) {
	t.Parallel()
	b := open(t, bucket.Config{PublicURL: "https://media.example.org"}, nil)
	text, err := b.PresignPut(t.Context(), "uploads/alice/a b.mp4", 15*time.Minute, "video/mp4", 42)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := u.Scheme+"://"+u.Host+u.EscapedPath(), "https://media.example.org/media/uploads/alice/a%20b.mp4"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	q := u.Query()
	if got := q.Get("X-Amz-SignedHeaders"); got != "content-length;content-type;host" {
		t.Errorf("signed headers: %s", got)
	}
	if got := q.Get("X-Amz-Expires"); got != "900" {
		t.Errorf("expires: %s", got)
	}
	if strings.Contains(strings.ToLower(u.RawQuery), "checksum") {
		t.Errorf("a checksum of a body that is not known yet is signed: %s", u.RawQuery)
	}
	for _, bad := range []struct {
		contentType string
		size        int64
	}{{"", 42}, {"video/mp4", 0}, {"video/mp4", -1}} {
		if _, err := b.PresignPut(t.Context(), "k", time.Minute, bad.contentType, bad.size); err == nil {
			t.Errorf("%v: want an error, it would allow any body", bad)
		}
	}
	free, err := b.PresignPut(t.Context(), "tmp/1", time.Hour, "", -1)
	if err != nil || !strings.Contains(free, "X-Amz-SignedHeaders=host&") || strings.Contains(strings.ToLower(free), "checksum") {
		t.Errorf("a PUT of any type and length: %s %v", free, err)
	}
}

func TestAttachment(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":                     "",
		"out.mp4":              `attachment; filename=out.mp4`,
		"my film.mp4":          `attachment; filename="my film.mp4"`,
		"dir/out.mp4":          `attachment; filename=out.mp4`,
		"für+élan (1).mp4":     `attachment; filename="f_r+_lan (1).mp4"; filename*=UTF-8''f%C3%BCr%2B%C3%A9lan%20%281%29.mp4`,
		`a"b\c.mp4`:            `attachment; filename=a_b_c.mp4; filename*=UTF-8''a%22b%5Cc.mp4`,
		"a\r\nX-Evil: 1;b.mp4": `attachment; filename="a__X-Evil: 1;b.mp4"; filename*=UTF-8''a%0D%0AX-Evil%3A%201%3Bb.mp4`,
		"100%.mp4":             `attachment; filename=100_.mp4; filename*=UTF-8''100%25.mp4`,
		"\xff.mp4":             `attachment; filename=_.mp4`,
	} {
		if got := bucket.Attachment(name); got != want {
			t.Errorf("%q:\n got %s\nwant %s", name, got, want)
		}
	}
}

func TestDeleteGoesOnAndNamesWhatFailed(t *testing.T) {
	t.Parallel()
	requests := make(chan int, 4)
	b := open(t, bucket.Config{}, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		requests <- strings.Count(string(body), "<Key>")
		_, _ = io.WriteString(w, `<DeleteResult><Error><Key>k7</Key><Code>AccessDenied</Code><Message>no</Message></Error>`+
			`<Error><Key>k8</Key><Code>NoSuchKey</Code></Error></DeleteResult>`)
	})
	keys := make([]string, 1001)
	for i := range keys {
		keys[i] = fmt.Sprint("k", i)
	}
	err := b.Delete(t.Context(), keys...)
	if first, second := <-requests, <-requests; first != 1000 || second != 1 {
		t.Errorf("batches of %d and %d", first, second)
	}
	if err == nil || strings.Count(err.Error(), "delete k7: AccessDenied: no") != 2 || strings.Contains(err.Error(), "k8") {
		t.Errorf("got %v", err)
	}
	if err := b.Delete(t.Context()); err != nil {
		t.Errorf("no keys: %v", err)
	}
}

func TestListReadsAllPagesAndEndsAtAnError(t *testing.T) {
	t.Parallel()
	b := open(t, bucket.Config{}, func(w http.ResponseWriter, r *http.Request) {
		page := func(key, more string) {
			fmt.Fprintf(w, `<ListBucketResult><IsTruncated>%v</IsTruncated><NextContinuationToken>%s</NextContinuationToken>`+
				`<Contents><Key>%s</Key><Size>5</Size><ETag>"e"</ETag><LastModified>2026-01-02T03:04:05Z</LastModified></Contents></ListBucketResult>`,
				more != "", more, key)
		}
		switch r.URL.Query().Get("continuation-token") {
		case "":
			page("a", "two")
		case "two":
			page("b", "three")
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	})
	var got []job.ObjectInfo
	var failure error
	for info, err := range b.List(t.Context(), "") {
		if err != nil {
			failure = err
			continue
		}
		got = append(got, info)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	want := []job.ObjectInfo{{Key: "a", Bytes: 5, ETag: `"e"`, Modified: at}, {Key: "b", Bytes: 5, ETag: `"e"`, Modified: at}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if failure == nil {
		t.Error("the third page failed and nobody said so")
	}
}

func TestOnlyAMissingKeyIsErrNoObject(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		code   string
		want   bool
	}{{404, "NoSuchKey", true}, {404, "NoSuchBucket", false}, {403, "AccessDenied", false}, {500, "InternalError", false}} {
		b := open(t, bucket.Config{}, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			fmt.Fprintf(w, `<Error><Code>%s</Code></Error>`, c.code)
		})
		if _, _, err := b.Get(t.Context(), "k"); err == nil || errors.Is(err, job.ErrNoObject) != c.want {
			t.Errorf("get, %s: %v", c.code, err)
		}
		// The answer to a HEAD has no body, so nobody can tell which of the two is missing.
		if _, err := b.Head(t.Context(), "k"); err == nil || errors.Is(err, job.ErrNoObject) != (c.status == 404) {
			t.Errorf("head, %d: %v", c.status, err)
		}
	}
}
