package api

import (
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/docs/openapi"
)

// describe answers with one API's OpenAPI document, which then names the server that was asked.
func (s *Server) describe(document string) func(*call) error {
	return func(c *call) error {
		// A quoted Go string is one of YAML too.
		text := strings.Replace(document, openapi.Server, strconv.QuoteToASCII(s.Base(c.r)), 1)
		h := c.w.Header()
		h.Set("Content-Type", "application/yaml")
		h.Set("Content-Length", strconv.Itoa(len(text)))
		h.Set("Cache-Control", "no-cache")
		c.w.WriteHeader(http.StatusOK)
		_, err := io.WriteString(c.w, text)
		return err
	}
}
