// Package overlay reads text overlays, as the transcodes API's virtual option @text-overlay has them, and writes the
// filters that draw them.
//
// Parse reads one, Conflict says whether it can be drawn beside other options, Overlay.Render makes a chain of filters of it
// and Append puts that chain behind the caller's filter graph. The text itself never stands in a filter: it goes into
// files that drawtext reads as they are.
package overlay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Option is the name of the virtual option.
const Option = "@text-overlay"

// maxText is how many characters a text may have.
const maxText = 10000

// Overlay is a text and how it looks. The zero value of a style's member is its default, but for the pointers.
type Overlay struct {
	Text  string `json:"text"`
	Style Style  `json:"style,omitzero"`
}

// Style is how a text looks. Sizes are pixels of the output's picture.
type Style struct {
	CharsPerLine     int    `json:"charsPerLine,omitempty"` // 0: as many as the picture is wide
	Font             string `json:"font,omitempty"`         // a family that fontconfig knows, perhaps ":style=Bold" behind it
	FontSize         int    `json:"fontSize,omitempty"`
	LineSpacing      *int   `json:"lineSpacing,omitempty"` // between the lines, on top of FontSize
	FontColor        string `json:"fontColor,omitempty"`
	X                string `json:"x,omitempty"` // a number or an expression: left edge of every line
	Y                string `json:"y,omitempty"` // top edge of the whole text
	BoxBorderW       *int   `json:"boxBorderW,omitempty"`
	Position         string `json:"position,omitempty"` // where X or Y is not given
	Margin           *int   `json:"margin,omitempty"`   // between the box and the edges that Position names
	OutlineThickness int    `json:"outlineThickness,omitempty"`
	OutlineColor     string `json:"outlineColor,omitempty"`
}

// Parse reads the argument of @text-overlay: a JSON object, or a JSON string that holds one. Members that are not known
// are ignored. An error is a text for the caller that names the member, such as
// "style.fontSize must be a number from 12 to 200"; what the caller called the argument itself is put before it.
func Parse(raw []byte) (Overlay, error) {
	f, err := object(raw)
	if err != nil {
		return Overlay{}, err
	}
	text, err := parseText(f["text"])
	if err != nil {
		return Overlay{}, err
	}
	style, err := parseStyle(f["style"])
	return Overlay{Text: text, Style: style}, err
}

// JSON is the overlay as one object, with what the caller gave and no defaults: Parse reads it back.
func (o Overlay) JSON() string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(o); err != nil { // of strings and numbers alone
		return "{}"
	}
	return strings.TrimSpace(b.String())
}

// fields are the members of a JSON object, as they came.
type fields map[string]json.RawMessage

// object reads a JSON object, or a JSON string that holds one.
func object(raw []byte) (fields, error) {
	var inner string
	if json.Unmarshal(raw, &inner) == nil && inner != "" {
		raw = []byte(inner)
	}
	var f fields
	if err := json.Unmarshal(raw, &f); err != nil || f == nil {
		return nil, fmt.Errorf(`must be an object {"text": "…", "style": {…}}, or a string that holds one as JSON`)
	}
	return f, nil
}

// parseText reads the text, which must have something in it to see.
func parseText(raw json.RawMessage) (string, error) {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil || *text == "" || utf8.RuneCountInString(*text) > maxText {
		return "", fmt.Errorf("text must be a string of 1 to %d characters", maxText)
	}
	if len(paragraphs(*text)) == 0 {
		return "", fmt.Errorf("text must hold something to see, not only blanks")
	}
	return *text, nil
}
