package attack

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/txtar"
)

//go:embed inputs.txt
var archive []byte

// inputs are all files that a case may name, by name, with the tokens in them replaced.
func inputs(filled *strings.Replacer) map[string][]byte {
	all := map[string][]byte{}
	for _, f := range txtar.Parse(archive).Files {
		all[f.Name] = []byte(filled.Replace(string(f.Data)))
	}
	all["dref.mov"] = movie(filled.Replace("$OTHER"))
	all["drefweb.mov"] = movie(filled.Replace("http://$TCP/x.mp4"))
	all["gab2.avi"] = subtitledAVI(string(all["hls.mp4"]))
	all["attached.mkv"] = matroska(filled.Replace("$OUT/new.bin"), "../../../outside/new.bin", all["hls.mp4"])
	all["entity.svgz"] = packed(all["entity.svg"])
	all["wide.srt"] = wide(filled.Replace(`{\fn$SECRET}x`))
	all["still.png"] = []byte("\x89PNG\r\n\x1a\n") // and no more
	return all
}

// needed are the names of all that a case's commands name, and of all that these files name.
func needed(c Case, all map[string][]byte) map[string][]byte {
	var text []byte
	for _, command := range c.Commands {
		for _, word := range command.Words {
			for rest := word; ; {
				_, after, ok := strings.Cut(rest, "{{")
				if !ok {
					break
				}
				name, tail, _ := strings.Cut(after, "}}")
				text, rest = append(text, " "+name+" "...), tail
			}
		}
	}
	found := map[string][]byte{}
	for grown := true; grown; {
		grown = false
		for name, data := range all {
			if _, known := found[name]; !known && names(text, name) {
				found[name], grown = data, true
				text = slices.Concat(text, data)
			}
		}
	}
	return found
}

// names reports whether a file's name stands in a text, and not only as the end of a longer one.
func names(text []byte, name string) bool {
	for at := 0; ; {
		i := bytes.Index(text[at:], []byte(name))
		if i < 0 {
			return false
		}
		if at += i; at == 0 || bytes.IndexByte([]byte(" \n'\":|"), text[at-1]) >= 0 {
			return true
		}
		at++
	}
}

// atom is one of QuickTime's boxes.
func atom(kind string, parts ...string) string {
	body := strings.Join(parts, "")
	return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))) + kind + body
}

func zeros(n int) string { return strings.Repeat("\x00", n) }

// movie is a QuickTime film of one raw picture that lies in another file (a data reference of type alis, by path).
func movie(path string) []byte {
	one := "\x00\x00\x00\x01"
	tail := "\x00\x02" + string(binary.BigEndian.AppendUint16(nil, uint16(len(path)))) + path // kind 2: the absolute path
	if len(path)%2 == 1 {
		tail += "\x00"
	}
	alias := zeros(4) + zeros(10) + "\x04disk" + zeros(23) + zeros(12) + "\x09input.mp4" + zeros(54) +
		zeros(36) + tail + "\xff\xff\x00\x00"
	video := zeros(6) + "\x00\x01" + zeros(16) + "\x00\x02\x00\x02" + zeros(8) + zeros(4) + "\x00\x01" + zeros(32) + "\x00\x18\xff\xff"
	table := atom("stbl",
		atom("stsd", zeros(4), one, atom("raw ", video)), atom("stts", zeros(4), one, one, one),
		atom("stsc", zeros(4), one, one, one, one), atom("stsz", zeros(4), "\x00\x00\x00\x0c", one), atom("stco", zeros(4), one, zeros(4)))
	media := atom("mdia", atom("mdhd", zeros(12), "\x00\x00\x00\x0a", one, zeros(4)), atom("hdlr", zeros(4), "mhlrvide", zeros(13)),
		atom("minf", atom("vmhd", zeros(12)), atom("dinf", atom("dref", zeros(4), one, atom("alis", alias))), table))
	return []byte(atom("ftyp", "qt  ", zeros(4), "qt  ") +
		atom("moov", atom("mvhd", zeros(12), "\x00\x00\x00\x0a", one, zeros(80)), atom("trak", atom("tkhd", "\x00\x00\x00\x0f", zeros(8), one, zeros(68)), media)) + atom("mdat", zeros(12)))
}

// chunk is one of RIFF's.
func chunk(kind string, parts ...string) string {
	body := strings.Join(parts, "")
	if len(body)%2 == 1 {
		body += "\x00"
	}
	return kind + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
}

// subtitledAVI is a film whose subtitles (GAB2) are a file of any kind, which the reader opens by what it looks like.
func subtitledAVI(file string) []byte {
	size := func(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
	name := "x\x00y\x00\x00\x00"
	gab2 := "GAB2\x00\x02\x00" + size(len(name)) + name + "\x04\x00" + size(len(file)) + file
	header := "txts" + zeros(16) + size(1) + size(10) + zeros(4) + size(1) + zeros(24)
	return []byte(chunk("RIFF", "AVI ",
		chunk("LIST", "hdrl", chunk("avih", size(100000), zeros(20), size(1), zeros(28)), chunk("LIST", "strl", chunk("strh", header), chunk("strf", zeros(0)))),
		chunk("LIST", "movi", chunk("00tx", gab2))))
}

// element is one of EBML's, with a length of four bytes.
func element(id string, parts ...string) string {
	body := strings.Join(parts, "")
	return id + string(binary.BigEndian.AppendUint32(nil, 0x10000000|uint32(len(body)))) + body
}

// matroska is a file without streams but two attachments, which say what they are called.
func matroska(first, second string, data []byte) []byte {
	file := func(name, number string) string {
		return element("\x61\xa7", element("\x46\x6e", name), element("\x46\x60", "text/plain"), element("\x46\x5c", string(data)), element("\x46\xae", number))
	}
	return []byte(element("\x1a\x45\xdf\xa3", element("\x42\x82", "matroska")) +
		element("\x18\x53\x80\x67", element("\x15\x49\xa9\x66", element("\x2a\xd7\xb1", "\x0f\x42\x40")),
			element("\x19\x41\xa4\x69", file(first, "\x01"), file(second, "\x02")), element("\x1f\x43\xb6\x75", element("\xe7", "\x00"))))
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // a buffer takes all
	_ = z.Close()
	return b.Bytes()
}

// wide is one subtitle in UTF-16 with its mark.
func wide(line string) []byte {
	text := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune("1\n00:00:00,000 --> 00:00:01,000\n" + line + "\n")) {
		text = binary.LittleEndian.AppendUint16(text, unit)
	}
	return text
}
