package transcodes

import (
	"bytes"
	"encoding/json"
)

// body is an answer that holds a job and so has to write its own bytes: encoding/json would compact the caller's
// metadata and escape its <, > and &.
type body interface {
	appendJSON(b []byte) ([]byte, error)
}

// Encode is the JSON of any answer of this package, without a line feed at the end.
func Encode(answer any) ([]byte, error) {
	if a, ok := answer.(body); ok {
		return a.appendJSON(nil)
	}
	return plainJSON(answer)
}

// MarshalJSON makes json.Marshal give the right fields too, if not the caller's bytes.
func (j Job) MarshalJSON() ([]byte, error) { return j.appendJSON(nil) }

func (j Job) appendJSON(b []byte) ([]byte, error) {
	user := j.User
	if user == "" {
		user = "null"
	}
	return appendObject(b,
		member{value: j.vendorFields},
		member{value: json.RawMessage(`{"user":` + user + `}`), name: "metadata"},
		member{value: j.ownFields})
}

// member is one member of an object, or, without a name, all members of a struct.
type member struct {
	name  string
	value any
}

// appendObject writes one object of the members, in order. A body and a json.RawMessage go in as they are.
func appendObject(b []byte, members ...member) ([]byte, error) {
	b = append(b, '{')
	for i, m := range members {
		if i > 0 {
			b = append(b, ',')
		}
		text, err := raw(m.value)
		if err != nil {
			return nil, err
		}
		if m.name == "" {
			b = append(b, text[1:len(text)-1]...)
			continue
		}
		b = append(b, '"')
		b = append(b, m.name...)
		b = append(b, '"', ':')
		b = append(b, text...)
	}
	return append(b, '}'), nil
}

func raw(value any) ([]byte, error) {
	if text, ok := value.(json.RawMessage); ok {
		return text, nil
	}
	return Encode(value)
}

func plainJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false) // URLs stay readable; the answer is never HTML
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), nil
}
