package ffmpegapi

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxBody is the longest request body that is read, in bytes.
const MaxBody = 1 << 20

// fields are the members of a JSON object, not yet decoded, so that names are matched letter by letter
// and every wrong type gets a message of its own. Of a member that comes twice the last counts.
type fields map[string]json.RawMessage

// parseBody reads a request body that must be one JSON object. An empty body and an empty array stand for an empty object.
func parseBody(body []byte) (fields, error) {
	if len(body) > MaxBody {
		return nil, TooLarge()
	}
	if !utf8.Valid(body) {
		return nil, Invalid("body: must be UTF-8")
	}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return fields{}, nil
	}
	var raw json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, Invalid("body: is not valid JSON: %v", err)
	}
	var list []json.RawMessage
	if raw[0] == '[' && json.Unmarshal(raw, &list) == nil && len(list) == 0 {
		return fields{}, nil
	}
	f := fields{}
	if raw[0] != '{' || json.Unmarshal(raw, &f) != nil {
		return nil, Invalid("body: must be a JSON object")
	}
	return f, nil
}

// has reports whether the member is there and not null.
func (f fields) has(name string) bool { return len(f[name]) > 0 && string(f[name]) != "null" }

// text reads a member that must be a string.
func (f fields) text(name string) (string, error) {
	s, ok := text(f[name])
	if !ok {
		return "", Invalid("%s: must be a string", name)
	}
	return s, nil
}

func text(raw json.RawMessage) (s string, ok bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// texts reads a member that must be an array of 1 to most strings.
func (f fields) texts(name string, most int) ([]string, error) {
	var list []json.RawMessage
	if raw := f[name]; len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &list) != nil || len(list) == 0 || len(list) > most {
		return nil, Invalid("%s: must be an array of 1 to %d strings", name, most)
	}
	words := make([]string, len(list))
	for i, raw := range list {
		word, ok := text(raw)
		if !ok {
			return nil, Invalid("%s[%d]: must be a string", name, i)
		}
		words[i] = word
	}
	return words, nil
}

// whole reads a member that must be a whole number of least..most; 60.0 and 6e1 are 60.
func (f fields) whole(name string, least, most int) (int, error) {
	n, err := strconv.ParseFloat(string(f[name]), 64) // refuses every other JSON type
	if err != nil || n < float64(least) || n > float64(most) || n != math.Trunc(n) {
		return 0, Invalid("%s: must be a whole number from %d to %d", name, least, most)
	}
	return int(n), nil
}

// member is a name and a value of a JSON object, in the order of the text.
type member struct {
	name string
	raw  json.RawMessage
}

// members reads a JSON object in its own order, with names that come twice. ok is false for any other value.
func members(raw json.RawMessage) (list []member, ok bool) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, false
	}
	for d.More() {
		token, err := d.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, false
		}
		m := member{name: name}
		if err := d.Decode(&m.raw); err != nil {
			return nil, false
		}
		list = append(list, m)
	}
	return list, true
}
