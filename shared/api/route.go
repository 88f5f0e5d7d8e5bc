package api

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/fflambda/fflambda/docs/openapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// Verb names a group of routes that need the same parts, and so the same rights. In AWS each is a function of its own.
type Verb string

const (
	Create   Verb = "create"
	Status   Verb = "status"
	Cancel   Verb = "cancel"
	Download Verb = "download"
	Upload   Verb = "upload"
	Probe    Verb = "probe" // needs ffprobe
)

// Route is one method and path. A segment {…} of the path stands for any one segment.
type Route struct {
	Method, Path string
	Verb         Verb
}

// Routes are all that there are.
func Routes() []Route {
	all := (&Server{}).all()
	routes := make([]Route, len(all))
	for i, r := range all {
		routes[i] = r.Route
	}
	return routes
}

type route struct {
	Route
	segments []string // of Path
	serve    func(*call) error
}

func (s *Server) all() []route {
	return []route{
		on(Create, "GET", "/health-check", s.health),
		on(Create, "GET", "/openapi/transcodes.yaml", s.describe(openapi.Transcodes)),
		on(Create, "GET", "/openapi/ffmpeg.yaml", s.describe(openapi.FFmpeg)),
		on(Download, "GET", "/d/{token}", s.follow),
		on(Download, "HEAD", "/d/{token}", s.follow),
		on(Download, "OPTIONS", "/d/{token}", s.preflight),
		on(Download, "GET", "/d/{token}/{name}", s.followNamed),
		on(Download, "HEAD", "/d/{token}/{name}", s.followNamed),
		on(Download, "OPTIONS", "/d/{token}/{name}", s.preflight),

		on(Upload, "POST", "/v1/upload/presigned-url", s.presignUpload),
		on(Probe, "POST", "/v1/upload/confirm", s.confirmUpload),
		on(Probe, "POST", probeRoute, s.probe),
		on(Create, "POST", "/v1/transcodes", s.createTranscode),
		on(Status, "GET", "/v1/transcodes", s.listTranscodes),
		on(Status, "GET", "/v1/transcodes/{id}", s.showTranscode),
		on(Cancel, "PATCH", "/v1/transcodes/{id}/cancel", s.cancelTranscode),
		on(Download, "GET", "/v1/transcodes/{id}/download", s.downloadTranscode),

		on(Create, "POST", "/api/ffmpeg", s.createCommands),
		on(Create, "POST", "/api/validate", s.validate),
		on(Upload, "POST", "/api/tmp-file", s.makeTempFile),
		on(Status, "GET", "/api/jobs", s.listCommands),
		on(Status, "GET", "/api/jobs/{id}", s.showCommands),
		on(Cancel, "POST", "/api/jobs/{id}/cancel", s.cancelCommands),
	}
}

func on(verb Verb, method, path string, serve func(*call) error) route {
	return route{Route{method, path, verb}, strings.Split(path[1:], "/"), serve}
}

// ServeHTTP finds the route, checks the key and answers. It never redirects a path: clients would turn POST into GET
// or send their key elsewhere. That is why this is not http.ServeMux.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	segments, ok := split(r.URL)
	c := &call{w: w, r: r, face: faceOf(segments), request: s.requestID(r)}
	c.w.Header().Set("X-Request-Id", c.request)
	defer s.recover(c)

	found, allowed := s.find(r.Method, segments, c)
	if c.face != open {
		if err := s.admit(c); err != nil { //nolint:contextcheck // the call carries the request, and so its context
			s.fail(c, err)
			return
		}
	}
	switch {
	case ok && found != nil:
		if err := found.serve(c); err != nil {
			s.fail(c, err)
		}
	case ok && len(allowed) > 0:
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.fail(c, wrongMethod(r.Method))
	case c.face == v1Face && elsewhere(segments):
		s.fail(c, transcodes.NotPart(r.URL.Path))
	default:
		s.fail(c, errRoute)
	}
}

func (s *Server) requestID(r *http.Request) string {
	if s.RequestID != nil {
		if id := s.RequestID(r); id != "" {
			return id
		}
	}
	return job.NewID()
}

// elsewhere reports whether the vendor has the path in its API, and we do not.
func elsewhere(segments []string) bool {
	return len(segments) > 1 && (strings.HasPrefix(segments[1], "transcribe") || segments[1] == "blueprints" || segments[1] == "generate")
}

// find is the route for the segments, or the methods that the path has.
func (s *Server) find(method string, segments []string, c *call) (*route, []string) {
	var allowed []string
	for i := range s.routes {
		rt := &s.routes[i]
		param, ok := match(rt.segments, segments)
		switch {
		case !ok:
		case rt.Method == method:
			c.param, c.route = param, rt.Path
			return rt, nil
		default:
			allowed = append(allowed, rt.Method)
		}
	}
	return nil, allowed
}

func match(want, segments []string) (param string, ok bool) {
	if len(want) != len(segments) {
		return "", false
	}
	for i, w := range want {
		switch {
		case w[0] == '{':
			param = segments[i]
		case w != segments[i]:
			return "", false
		}
	}
	return param, true
}

// split is the path's segments, each decoded on its own, so that an encoded slash stays inside its segment.
// Doubled slashes count as one: a client that keeps the slash of its base URL sends them.
func split(u *url.URL) (segments []string, ok bool) {
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		if part == "" {
			continue
		}
		decoded, err := url.PathUnescape(part)
		if err != nil {
			return segments, false
		}
		segments = append(segments, decoded)
	}
	return segments, true
}
