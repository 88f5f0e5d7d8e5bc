// Package openapi holds the OpenAPI documents of the HTTP APIs. They are written by hand; cmd/fflambda's tests hold the
// server to them.
package openapi

import _ "embed" // for the documents

// Server is the address that a document names. A server that answers with it puts its own there.
const Server = `"http://127.0.0.1:8080"`

// Transcodes is the document of the transcodes API (/v1), as YAML of OpenAPI 3.1.
//
//go:embed transcodes.yaml
var Transcodes string

// FFmpeg is the document of the ffmpeg API (/api, and the links under /d), as YAML of OpenAPI 3.1.
//
//go:embed ffmpeg.yaml
var FFmpeg string
