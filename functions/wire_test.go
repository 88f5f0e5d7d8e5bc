package functions_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// wire is the way of one function to its stand-ins. It can be made to fail.
type wire struct {
	tb    testing.TB
	table *sync.Mutex // held while the table is called

	mu     sync.Mutex
	seen   map[string]int // calls of each operation
	faults []fault
}

// fault is what becomes of some calls.
type fault struct {
	operation string // "DynamoDB.UpdateItem", "S3.GET"; "S3." for all of a service's
	skip      int    // calls of each operation that go well before
	times     int    // calls of each operation that do not
	does      http.HandlerFunc
}

// always is more calls than a test makes.
const always = 1 << 20

func newWire(tb testing.TB, table *sync.Mutex) *wire {
	return &wire{tb: tb, table: table, seen: map[string]int{}}
}

// through is an address that leads to the endpoint.
func (w *wire) through(endpoint string) string {
	to, err := url.Parse(endpoint)
	must(w.tb, err)
	next := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		operation := operationOf(r)
		if does := w.fault(operation); does != nil {
			does(rw, r)
			if rw.Header().Get(passOn) == "" {
				return
			}
			rw.Header().Del(passOn)
		}
		if strings.HasPrefix(operation, "DynamoDB.") {
			w.table.Lock()
			defer w.table.Unlock()
		}
		next.ServeHTTP(rw, r)
	}))
	w.tb.Cleanup(server.Close)
	return server.URL
}

// breaks adds faults.
func (w *wire) breaks(faults ...fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = append(w.faults, faults...)
}

// fault is what the call is to meet, nil for nothing.
func (w *wire) fault(operation string) http.HandlerFunc {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.seen[operation]
	w.seen[operation]++
	for _, f := range w.faults {
		if strings.HasPrefix(operation, f.operation) && n >= f.skip && n < f.skip+f.times {
			return f.does
		}
	}
	return nil
}

// operationOf names a call as package cloud does, but for S3's, which go by their method.
func operationOf(r *http.Request) string {
	service, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !ok {
		return "S3." + r.Method
	}
	short := map[string]string{"DynamoDB_20120810": "DynamoDB", "AmazonSQS": "SQS", "AmazonSSM": "SSM"}[service]
	return short + "." + operation
}

// passOn is set by a fault that only delays.
const passOn = "X-Pass-On"

// refuse answers with an error of AWS, as the service that was called words it.
func refuse(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") == "" {
			w.Header().Set("Content-Type", "application/xml")
			w.WriteHeader(status)
			if r.Method != http.MethodHead {
				_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", code)
			}
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"__type":"com.amazonaws#%s","message":"no"}`, code)
	}
}

// cut ends the connection in place of an answer.
func cut(http.ResponseWriter, *http.Request) {
	panic(http.ErrAbortHandler)
}

// hold lets calls wait until release is closed, their client is gone or the test is over. Each is told to arrived.
func (w *wire) hold(arrived chan<- string, release <-chan struct{}) http.HandlerFunc {
	over := w.tb.Context().Done()
	return func(rw http.ResponseWriter, r *http.Request) {
		select {
		case arrived <- operationOf(r):
		case <-over:
		}
		select {
		case <-release:
			rw.Header().Set(passOn, "yes")
		case <-r.Context().Done():
			cut(rw, r)
		case <-over:
			cut(rw, r)
		}
	}
}
