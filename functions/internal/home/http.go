package home

import (
	"net/http"

	"github.com/fflambda/fflambda/shared/api"
	"github.com/fflambda/fflambda/shared/gateway"
)

// streamed are the resources of the template whose answers are streams: a client of POST /api/ffmpeg can wait for
// its job, and {proxy+} is the same route for one that doubles a slash.
func streamed() []string { return []string{"/api/ffmpeg", "/{proxy+}"} }

// API is the configuration of a function that answers these groups of routes. The function adds what they need.
func (h *Home) API(verbs ...api.Verb) api.Config {
	return api.Config{
		Verbs:      verbs,
		Jobs:       h.Table.Jobs(),
		Keys:       h.Table.Keys(),
		Lookup:     h.Table.Lookup,
		BucketName: h.Config.AWS.Bucket,
		Links:      h.Links,
		Base:       h.base,
		RequestID:  gateway.RequestID,
		Version:    version,
		Timeout:    h.Config.Timeout,
		Retention:  h.Config.Retention,
		Rate:       h.Config.RateLimit,
		RateV1:     h.Config.RateLimitV1,
		Rates:      h.Table.Rates(),
		HideQueued: !h.Config.StatusQueued,
		Now:        h.Table.Clock,
		Log:        h.Log,
	}
}

// base is where the client reached the API, or where the operator says that clients do.
func (h *Home) base(r *http.Request) string {
	if h.Config.PublicURL != "" {
		return h.Config.PublicURL
	}
	return gateway.Base(r)
}

// HTTP is the handler of a function that answers HTTP requests.
func (h *Home) HTTP(c api.Config) any {
	return gateway.New(api.New(c), gateway.Config{Streams: streamed(), Local: h.Local, Log: h.Log}).Handle
}
