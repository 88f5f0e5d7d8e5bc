package localbucket_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/localbucket"
)

// A process can have one open store, so all tests share one, behind a server on a real port.
// Tests that replace it (restart) or measure the process are not parallel: they run before all that are.
var shared struct {
	config localbucket.Config
	store  atomic.Pointer[localbucket.Store]
	url    string
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	// Longer than a socket's path may be.
	parent, err := os.MkdirTemp("", strings.Repeat("long-", 25))
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(parent) }()
	server := httptest.NewServer(http.HandlerFunc(front))
	defer server.Close()
	shared.url = server.URL
	shared.config = localbucket.Config{
		Dir: filepath.Join(parent, "data", "files"), Bucket: "media",
		PublicURL: server.URL, SecretFile: filepath.Join(parent, "s3.json"),
	}
	store, err := localbucket.Open(context.Background(), shared.config)
	if err != nil {
		return 0, err
	}
	shared.store.Store(store)
	code := m.Run()
	server.Close()
	return code, shared.store.Load().Close(context.Background())
}

// front is the program's port: the S3 before everything else.
func front(w http.ResponseWriter, r *http.Request) {
	store := shared.store.Load()
	if !store.Match(r.URL.Path) {
		http.NotFound(w, r)
		return
	}
	store.Handler().ServeHTTP(w, r)
}

// client is an S3 client of our store with its keys, as an operator could make one.
func client(t *testing.T) *s3.Client {
	t.Helper()
	text, err := os.ReadFile(shared.config.SecretFile)
	if err != nil {
		t.Fatal(err)
	}
	var keys struct {
		Access string `json:"access_key"`
		Secret string `json:"secret_key"`
	}
	if err := json.Unmarshal(text, &keys); err != nil {
		t.Fatal(err)
	}
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: aws.String("http://s3.internal"), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(keys.Access, keys.Secret, ""),
		HTTPClient:  &http.Client{Transport: shared.store.Load().Transport()},
	})
}

// signer is the store's bucket, as it would be if publicURL were the public URL.
func signer(t *testing.T, publicURL string) *bucket.Bucket {
	t.Helper()
	return bucket.New(client(t), bucket.Config{Name: "media", PublicURL: publicURL})
}

// put stores content under key the short way.
func put(t *testing.T, key, content string) {
	t.Helper()
	f := temp(t, int64(len(content)))
	if _, err := f.WriteString(content); err != nil {
		t.Fatal(err)
	}
	if err := shared.store.Load().Put(t.Context(), key, f, "video/mp4"); err != nil {
		t.Fatal(err)
	}
}

// temp is a file of size zero bytes, which takes no room on most filesystems.
func temp(t *testing.T, size int64) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	return f
}

type answer struct {
	status int
	header http.Header
	body   string
}

// code is the code in an S3 error.
func (a answer) code() string {
	var e struct{ Code string }
	if err := xml.Unmarshal([]byte(a.body), &e); err != nil {
		return "not XML: " + a.body
	}
	return e.Code
}

// do sends a request. Options change it before.
func do(t *testing.T, method, url string, body io.Reader, options ...func(*http.Request)) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range options {
		change(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func length(n int64) func(*http.Request) {
	return func(r *http.Request) { r.ContentLength = n }
}

func must(t *testing.T) func(string, error) string {
	t.Helper()
	return func(s string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}
