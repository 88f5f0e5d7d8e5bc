package gateway

import (
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// locate parts the event's path into what lies in front of the API and the path in the API. On API Gateway's own domain
// nothing does. On a custom domain with a base path mapping the event's path has that base path, and the stage too if
// the mapping names none; how much it is, only the resource that API Gateway matched can tell. Where the two do not
// agree the path stays as it is: a wrong path is a 404, a wrongly cut one could be another route.
//
// Slashes stay as they came; a run of them counts as one.
func locate(e events.APIGatewayProxyRequest) (prefix, path string) {
	path = e.Path
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	want, ok := pattern(e)
	have := segments(path)
	before := len(have) - len(want)
	if !ok || before <= 0 {
		return "", path
	}
	for i, w := range want {
		if w != "" && w != have[before+i] && w != decode(have[before+i]) {
			return "", path
		}
	}
	end := 0
	for range before {
		for path[end] == '/' {
			end++
		}
		for end < len(path) && path[end] != '/' {
			end++
		}
	}
	if end == len(path) {
		return path, "/"
	}
	return path[:end], path[end:]
}

// pattern is the segments that the resource's path must have; "" stands for any one. {proxy+} is as many segments as
// its parameter has. It is not ok if the event does not tell.
func pattern(e events.APIGatewayProxyRequest) (want []string, ok bool) {
	for _, s := range segments(e.Resource) {
		name, isParam := strings.CutPrefix(s, "{")
		name, isRest := strings.CutSuffix(name, "+}")
		switch {
		case isParam && isRest:
			rest := segments(e.PathParameters[name])
			if len(rest) == 0 {
				return nil, false
			}
			want = append(want, rest...)
		case isParam:
			want = append(want, "")
		default:
			want = append(want, s)
		}
	}
	return want, e.Resource != ""
}

func segments(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

func decode(segment string) string {
	if s, err := url.PathUnescape(segment); err == nil {
		return s
	}
	return segment
}

// escape makes a valid encoded path of one that may be encoded (REST APIs leave it so), decoded (sam local) or neither:
// what is encoded stays byte for byte, what could not stand in a path is encoded.
func escape(path string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		switch {
		case alphanumeric(rune(c)), strings.IndexByte("/-._~!$&'()*+,;=:@", c) >= 0, c == '%' && hexPair(path[i+1:]):
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

func hexPair(s string) bool {
	return len(s) >= 2 && strings.Trim(s[:2], "0123456789abcdefABCDEF") == ""
}
