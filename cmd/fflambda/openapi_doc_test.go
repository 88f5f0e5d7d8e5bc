package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/fflambda/fflambda/docs/openapi"
)

// document is an OpenAPI document without a $ref in it, by which answers are judged.
type document struct {
	root    object
	schemas sync.Map // of *jsonschema.Schema, by the place of the schema
}

// The documents of both APIs, read once.
var (
	transcodesDocument = sync.OnceValues(func() (*document, error) { return readDocument(openapi.Transcodes) })
	ffmpegDocument     = sync.OnceValues(func() (*document, error) { return readDocument(openapi.FFmpeg) })
)

func readDocument(source string) (*document, error) {
	var raw any
	if err := yaml.Unmarshal([]byte(source), &raw); err != nil {
		return nil, err
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	root, err := jsonschema.UnmarshalJSON(bytes.NewReader(text)) // keeps numbers as they are written
	if err != nil {
		return nil, err
	}
	d := &document{root: root.(object)}
	d.root = d.inline(d.root).(object)
	return d, nil
}

// specified is a document, such as transcodesDocument's.
func specified(t *testing.T, read func() (*document, error)) *document {
	t.Helper()
	d, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// inline replaces every $ref by what it means. The document has no circles.
func (d *document) inline(v any) any {
	switch v := v.(type) {
	case object:
		if ref, ok := v["$ref"].(string); ok {
			return d.inline(dig(d.root, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...))
		}
		out := object{}
		for k, member := range v {
			out[k] = d.inline(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = d.inline(item)
		}
		return out
	}
	return v
}

// dig is the value at a path of members, or nil.
func dig(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(object)
		v = m[name]
	}
	return v
}

// operation is one method of one path.
type operation struct {
	method, path string
	body         object
}

func (o operation) String() string { return o.method + " " + o.path }

// operations are all of them, sorted.
func (d *document) operations() []operation {
	var all []operation
	for path, item := range d.root["paths"].(object) {
		for method, body := range item.(object) {
			if method != "parameters" {
				all = append(all, operation{strings.ToUpper(method), path, body.(object)})
			}
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// find is the operation that a request is one of. Slashes too many do not count.
func (d *document) find(method, path string) (operation, bool) {
	path, _, _ = strings.Cut(path, "?")
	for _, o := range d.operations() {
		want, got := segments(o.path), segments(path)
		if o.method == method && slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") }) {
			return o, true
		}
	}
	return operation{}, false
}

func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// judge says what is wrong with an answer, if the document is right. A field that the document does not know is wrong.
func (d *document) judge(o operation, a answer) error {
	status := strconv.Itoa(a.status)
	response, ok := dig(o.body, "responses", status).(object)
	if !ok {
		return fmt.Errorf("%s has no answer %s: %.500s", o, status, a.body)
	}
	at := o.String() + " " + status
	headers, _ := response["headers"].(object)
	for name, header := range headers {
		if err := d.judgeHeader(at+" "+name, header.(object), a.header.Values(name)); err != nil {
			return err
		}
	}
	content, _ := response["content"].(object)
	if content["application/json"] == nil || o.method == http.MethodHead {
		return nil
	}
	if got := a.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		return fmt.Errorf("%s: Content-Type %q", at, got)
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	return d.fits(at, dig(response, "content", "application/json", "schema"), body, strict)
}

func (d *document) judgeHeader(at string, header object, values []string) error {
	if len(values) == 0 {
		if header["required"] == true {
			return errors.New(at + " is missing")
		}
		return nil
	}
	var v any = values[0]
	if dig(header, "schema", "type") == "integer" {
		v = json.Number(values[0])
	}
	return d.fits(at, header["schema"], v, strict)
}

// How a schema is read: strict knows no fields but those it names.
const (
	strict  = true
	lenient = false
)

// fits says how a value differs from the schema of the document that stands at a place.
func (d *document) fits(at string, schema, v any, closed bool) error {
	if schema == nil {
		return errors.New(at + ": the document has no schema")
	}
	known, ok := d.schemas.Load(at)
	if !ok {
		if closed {
			schema = closeObjects(schema, false)
		}
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		if err := c.AddResource("mem:/schema", schema); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		compiled, err := c.Compile("mem:/schema")
		if err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		known, _ = d.schemas.LoadOrStore(at, compiled)
	}
	if err := known.(*jsonschema.Schema).Validate(v); err != nil {
		text, _ := json.Marshal(v)
		return fmt.Errorf("%s: %w in %.2000s", at, err, text)
	}
	return nil
}

// closeObjects is the schema with every object that names its fields closed to others. Those within an allOf, and the arms
// of an if, are closed by the whole.
func closeObjects(v any, within bool) any {
	switch v := v.(type) {
	case object:
		out := maps.Clone(v)
		for k, member := range v {
			out[k] = closeObjects(member, slices.Contains([]string{"allOf", "if", "then", "else", "not"}, k))
		}
		if _, isSchema := v["properties"].(object); (isSchema || v["allOf"] != nil) && !within {
			out["unevaluatedProperties"] = false
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = closeObjects(item, within)
		}
		return out
	}
	return v
}

// examples are what stands under example or examples, by name.
func examples(media any) map[string]any {
	m, _ := media.(object)
	out := map[string]any{}
	if e, ok := m["example"]; ok {
		out["example"] = e
	}
	named, _ := m["examples"].(object)
	for name, e := range named {
		out[name] = e.(object)["value"]
	}
	return out
}

// hasBody reports whether the operation takes one.
func (o operation) hasBody() bool { return o.body["requestBody"] != nil }
