package api

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/docs/openapi"
)

// describeTranscodes answers with the OpenAPI document of the transcodes API, which names the server that was asked.
func (s *Server) describeTranscodes(c *call) error {
	// A quoted Go string is one of YAML too.
	text := strings.Replace(openapi.Transcodes, openapi.Server, strconv.QuoteToASCII(s.Base(c.r)), 1)
	h := c.w.Header()
	h.Set("Content-Type", "application/yaml")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "no-cache")
	c.w.WriteHeader(http.StatusOK)
	_, err := io.WriteString(c.w, text)
	return err
}
