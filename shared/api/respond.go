package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

const (
	bodyMax  = ffmpegapi.MaxBody // bytes of a request body, of either API
	bodyTime = 30 * time.Second  // for a request body to arrive whole
	busyFor  = 5                 // seconds that a caller is asked to wait where a part is busy
)

// face says in whose words a route answers errors.
type face int

const (
	open       face = iota // no key needed; worded like /v1
	v1Face                 // {"error", "details"}
	ffmpegFace             // {"errorCode", "message"}
)

func faceOf(segments []string) face {
	if len(segments) == 0 {
		return open
	}
	switch segments[0] {
	case "v1":
		return v1Face
	case "api":
		return ffmpegFace
	}
	return open
}

// refusal is an answer that both APIs give, each in its own words.
type refusal struct {
	v1  func() *transcodes.Error
	api func() *ffmpegapi.Error
}

func (r *refusal) Error() string { return r.v1().Message }

var (
	errKey        = &refusal{transcodes.Unauthorized, ffmpegapi.BadAPIKey}
	errRoute      = &refusal{transcodes.NoRoute, ffmpegapi.NoRoute}
	errNoJob      = &refusal{transcodes.NotFound, ffmpegapi.NotFound}
	errKeyReused  = &refusal{transcodes.KeyReused, ffmpegapi.KeyReused}
	errRate       = &refusal{transcodes.TooMany, ffmpegapi.TooManyRequests}
	errTooLarge   = &refusal{func() *transcodes.Error { return transcodes.TooLarge(bodyMax) }, ffmpegapi.TooLarge}
	errBusy       = &refusal{transcodes.Busy, ffmpegapi.Busy}
	errKeyTooLong = invalid(fmt.Sprintf("Idempotency-Key: at most %d bytes", keyMax))
	errBodyCut    = invalid("The request body did not arrive whole")

	// A record of DynamoDB has 400 KB. Long URLs can fill it, and long options.
	errJobTooLarge = invalid("The job is too large to be stored (400 KB): use fewer or shorter input URLs, options and filters")
)

// Download links belong to neither API; they are worded like /v1.
var (
	errLinkBad     = &transcodes.Error{Status: http.StatusForbidden, Message: "This link is not valid"}
	errLinkExpired = &transcodes.Error{Status: http.StatusGone, Message: "This link has expired; read the job again for a new one"}
	errFileGone    = &transcodes.Error{Status: http.StatusGone, Message: "This file is no longer kept"}
	errNoFile      = &transcodes.Error{Status: http.StatusNotFound, Message: "The link's job has no file of that name"}
)

func invalid(text string) *refusal {
	return &refusal{
		func() *transcodes.Error { return &transcodes.Error{Status: http.StatusBadRequest, Message: text} },
		func() *ffmpegapi.Error { return ffmpegapi.Invalid("%s", text) },
	}
}

// wrongMethod answers a known path with another method. The ffmpeg API has no 405 among its answers.
func wrongMethod(method string) *refusal {
	return &refusal{func() *transcodes.Error { return transcodes.MethodNotAllowed(method) }, ffmpegapi.NoRoute}
}

// foreignBucket and foreignObject answer a create whose input number i is not the caller's to read.
func foreignBucket(c *call, i int, in job.Input, o job.Object) error {
	if c.face == ffmpegFace {
		return ffmpegapi.Forbidden("input_files.%s: bucket %q does not belong to this server", in.Name, o.Bucket)
	}
	return transcodes.ForeignBucket(i, o)
}

func foreignObject(c *call, i int, in job.Input) error {
	if c.face == ffmpegFace {
		return ffmpegapi.Forbidden("input_files.%s: this file does not belong to your key", in.Name)
	}
	return transcodes.ForeignObject(i)
}

// fail answers with err in the words of the route's API. What is not an answer is logged, and told only by the request's id.
func (s *Server) fail(c *call, err error) {
	if errors.Is(err, job.ErrBusy) {
		s.Log.Warn("busy", "request", c.request, "method", c.r.Method, "route", c.route, "err", err)
		c.w.Header().Set("Retry-After", strconv.Itoa(busyFor))
		err = errBusy
	}
	status, body := s.word(c, err)
	if e, ok := body.(*transcodes.Error); ok && c.route == probeRoute {
		body = transcodes.AsProbeError(e)
	}
	if err := s.json(c, status, body); err != nil {
		s.Log.Error("answer", "request", c.request, "err", err)
	}
}

func (s *Server) word(c *call, err error) (int, any) {
	var (
		v1  *transcodes.Error
		own *ffmpegapi.Error
		pr  *transcodes.ProbeError
		r   *refusal
	)
	switch {
	case errors.As(err, &pr):
		return pr.Status, pr
	case errors.As(err, &v1):
		return v1.Status, v1
	case errors.As(err, &own):
		return own.Status, own
	case errors.As(err, &r) && c.face == ffmpegFace:
		own = r.api()
		return own.Status, own
	case errors.As(err, &r):
		v1 = r.v1()
		return v1.Status, v1
	}
	if c.ctx().Err() == nil || !errors.Is(err, context.Canceled) { // a client that left is nobody's fault
		s.Log.Error("request failed", "request", c.request, "method", c.r.Method, "route", c.route, "err", err)
	}
	if c.face == ffmpegFace {
		own = ffmpegapi.Unknown(c.request)
		return own.Status, own
	}
	v1 = transcodes.Internal()
	v1.Details = "Request id: " + c.request
	return v1.Status, v1
}

// recover turns a bug into a 500 that is logged, where net/http would only cut the connection.
func (s *Server) recover(c *call) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler { //nolint:errorlint // a sentinel value, compared as net/http does
		panic(v) //nolint:forbidigo // net/http's own protocol for a cut connection
	}
	s.fail(c, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
}

func (s *Server) json(c *call, status int, v any) error {
	b, err := transcodes.Encode(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	h := c.w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("Cache-Control", "no-store")
	c.w.WriteHeader(status)
	if _, err := c.w.Write(b); err != nil && c.ctx().Err() == nil { // else the client has left
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}

// body reads the request's body whole, within its limits of size and time.
func (s *Server) body(c *call) ([]byte, error) {
	// Not every ResponseWriter has deadlines (Lambda's has not); there the gateway has limits of its own.
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(bodyTime))
	b, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, bodyMax))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge
	case err != nil:
		return nil, errBodyCut
	}
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Time{})
	return b, nil
}
