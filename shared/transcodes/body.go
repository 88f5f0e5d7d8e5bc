package transcodes

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// fields are the members of a JSON object, not yet decoded, so that names are matched letter by letter
// (encoding/json would take "outputformat" for outputFormat) and every wrong type gets a message of its own.
type fields map[string]json.RawMessage

// byteOrderMark is what some editors and shells put before a text; a reader may ignore it (RFC 8259, section 8.1).
const byteOrderMark = "\xef\xbb\xbf"

// parseBody reads a request body that must be one JSON object.
func parseBody(body []byte) (fields, error) {
	body = bytes.TrimPrefix(body, []byte(byteOrderMark))
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, bad("Request body is empty. Send a JSON object.")
	}
	if !utf8.Valid(body) {
		return nil, bad("Request body is not valid UTF-8")
	}
	var raw json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		e := bad("Request body is not valid JSON")
		e.Details = err.Error()
		return nil, e
	}
	f, ok := parseObject(raw)
	if !ok {
		return nil, bad("Request body must be a JSON object")
	}
	return f, nil
}

// parseObject reads a JSON object; ok is false for any other value.
func parseObject(raw json.RawMessage) (f fields, ok bool) {
	if kind(raw) != '{' {
		return nil, false
	}
	err := json.Unmarshal(raw, &f)
	return f, err == nil
}

// parseArray reads a JSON array; ok is false for any other value.
func parseArray(raw json.RawMessage) (list []json.RawMessage, ok bool) {
	if kind(raw) != '[' {
		return nil, false
	}
	err := json.Unmarshal(raw, &list)
	return list, err == nil
}

// parseText reads a JSON string; ok is false for any other value.
func parseText(raw json.RawMessage) (s string, ok bool) {
	if kind(raw) != '"' {
		return "", false
	}
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

// has reports whether the member is there and not null.
func (f fields) has(name string) bool { return kind(f[name]) != 0 && kind(f[name]) != 'n' }

// kind is the first byte of a JSON value, which tells its type: { [ " t f n, or one of a number. 0: no value.
func kind(raw json.RawMessage) byte {
	if len(raw) == 0 {
		return 0
	}
	return raw[0]
}
