package command

import (
	"regexp"
	"strings"
)

const useName = "use {{name}} of a declared input or output, or a file name without a folder"

// protocols are all that some ffmpeg opens by "name:" (ffmpeg -protocols, of many builds), and demuxers that are
// found by such a name. Elsewhere than in a file's name a colon is ordinary, so they must be known there.
const protocols = `amqp|amqps|android_content|async|bluray|cache|concat|concatf|crypto|data|dtls|dvd|fd|ffrtmpcrypt|ffrtmphttp|file|` +
	`ftp|gopher|gophers|hls|http|httpproxy|https|icecast|ipfs|ipfs_gateway|ipns|libamqp|librist|librtmp[a-z]*|libsmbclient|libsrt|libssh|` +
	`libzmq|md5|mms|mmsh|mmst|pipe|prompeg|rist|rtmp|rtmpe|rtmps|rtmpt|rtmpte|rtmpts|rtp|rtsp|rtsps|sap|satip|sctp|sftp|shared|smb|srt|srtp|` +
	`subfile|tcp|tee|tls|udp|udplite|unix|whip|zmq`

// scheme is where a protocol is named: at the start of a word or after any character that no such name holds.
// subfile takes its own options between the name and the colon; several can be nested with a plus.
var scheme = regexp.MustCompile(`(?i)(?:^|[^a-z0-9+.-])((?:` + protocols + `)(?:\+[a-z0-9+.-]*)?:|subfile,|[a-z][a-z0-9+.-]*://)`)

// unquoted takes away what any level of ffmpeg's own quoting takes away, and so shows what could come out of it.
var unquoted = strings.NewReplacer(`\`, "", `'`, "", `"`, "")

// checkText refuses an argument in which a path or URL that leads out of the working folder can be read,
// alone or after any separator: "stats=/etc/x", "[f=mp4]../x", "a|http://b".
func checkText(word string) error {
	plain := unquoted.Replace(word)
	if m := scheme.FindStringSubmatch(plain); m != nil {
		return schemeRefused(word, m[1])
	}
	if hasAbsolute(plain) {
		return &Refusal{Word: word, Reason: "holds an absolute path", Hint: useName + absoluteHint(plain)}
	}
	isSeparator := func(c rune) bool { return strings.ContainsRune("/=:|,;[](){}<>@", c) }
	for _, element := range strings.FieldsFunc(plain, isSeparator) {
		if strings.TrimSpace(element) == ".." {
			return &Refusal{Word: word, Reason: "holds a path that leads upwards (..)", Hint: useName}
		}
	}
	return nil
}

// checkFile refuses a word that ffmpeg opens as a file, unless it is a plain relative path.
func checkFile(word string) error {
	switch {
	case word == "":
		return &Refusal{Word: word, Reason: "is not a file name", Hint: useName}
	case word[0] == '-':
		return &Refusal{Word: word, Reason: "is standard input or output, or begins with a dash", Hint: useName + "; -f null - throws an output away"}
	case strings.ContainsAny(word, "\r\n"):
		return &Refusal{Word: word, Reason: "holds a line end", Hint: useName}
	case strings.ContainsAny(word, "{}"):
		return &Refusal{Word: word, Reason: "holds a brace that belongs to no placeholder", Hint: "a placeholder is {{name}}"}
	}
	if err := checkText(word); err != nil {
		return err
	}
	if strings.ContainsRune(word, ':') {
		return &Refusal{Word: word, Reason: "is read by ffmpeg as a protocol, because of its colon", Hint: useName + "; a filter source needs -f lavfi before -i"}
	}
	for element := range strings.SplitSeq(unquoted.Replace(word), "/") {
		if strings.HasPrefix(element, ".") && strings.ContainsAny(element, "*?[%") { // as a glob, .* and .[.] fit ".."
			return &Refusal{Word: word, Reason: "is a pattern that could lead upwards", Hint: "begin patterns with a letter or a digit"}
		}
	}
	return nil
}

// hasAbsolute reports whether a slash stands where a path begins: first, or after something that ends no name, number
// or bracketed expression. "iw/2", "(W-w)/2", "30000/1001" and "AC / DC" do not; "=/etc", "|/etc", "]/etc" and ": /etc" do.
func hasAbsolute(plain string) bool {
	for i := range len(plain) {
		if plain[i] != '/' {
			continue
		}
		before := strings.TrimRight(plain[:i], " \t\r\n")
		if before == "" || !endsOperand(before[len(before)-1]) {
			return true
		}
	}
	return false
}

func endsOperand(c byte) bool {
	return c >= 0x80 || c == '/' || strings.IndexByte(nameChars+`)%*?+$~#!&`, c) >= 0
}

func absoluteHint(plain string) string {
	if strings.Contains(plain, "font") {
		return "; for a font add it to input_files and write fontfile={{font.ttf}}, or name one: font=Sans"
	}
	return ""
}

func schemeRefused(word, name string) error {
	r := &Refusal{Word: word, Reason: "opens a protocol or a URL (" + clip(name) + ")", Hint: useName}
	switch strings.ToLower(strings.TrimRight(name, ":/")) {
	case "http", "https", "ftp", "sftp", "s3", "gs":
		r.Hint = "add the URL to input_files and write {{name}}"
	case "concat":
		r.Hint = "use the concat filter, or -f concat -i {{list.txt}} with the list as an input"
	case "pipe", "fd":
		r.Hint = useName + "; -f null - throws an output away"
	case "file":
		r.Hint = "leave the prefix out"
	}
	return r
}
