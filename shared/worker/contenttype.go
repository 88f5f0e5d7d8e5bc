package worker

import (
	"path"
	"strings"
)

// contentTypes is by extension and not from the host's mime tables, which differ from machine to machine.
// Browsers play by these: application/vnd.apple.mpegurl (RFC 8216), application/dash+xml and video/iso.segment (ISO/IEC 23009-1).
// What is not here is shown by no browser: HTML and SVG could hold scripts.
var contentTypes = map[string]string{
	".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".mov": "video/quicktime", ".avi": "video/x-msvideo",
	".mkv": "video/x-matroska", ".mpg": "video/mpeg", ".mpeg": "video/mpeg", ".ogv": "video/ogg",
	".flv": "video/x-flv", ".3gp": "video/3gpp", ".wmv": "video/x-ms-wmv", ".mxf": "application/mxf",
	".m3u8": "application/vnd.apple.mpegurl", ".mpd": "application/dash+xml",
	".ts": "video/mp2t", ".m2ts": "video/mp2t", ".m4s": "video/iso.segment",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".wav": "audio/wav", ".ogg": "audio/ogg", ".oga": "audio/ogg",
	".opus": "audio/ogg", ".flac": "audio/flac", ".mka": "audio/x-matroska", ".weba": "audio/webm", ".aiff": "audio/aiff", ".aif": "audio/aiff",
	".ac3": "audio/ac3", ".wma": "audio/x-ms-wma",
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".apng": "image/apng", ".gif": "image/gif",
	".webp": "image/webp", ".avif": "image/avif", ".bmp": "image/bmp", ".tif": "image/tiff", ".tiff": "image/tiff", ".jxl": "image/jxl",
	".vtt": "text/vtt", ".srt": "application/x-subrip", ".ass": "text/x-ass", ".ttml": "application/ttml+xml",
	".txt": "text/plain; charset=utf-8", ".log": "text/plain; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".json": "application/json",
}

func contentType(name string) string {
	if t, ok := contentTypes[strings.ToLower(path.Ext(name))]; ok {
		return t
	}
	return "application/octet-stream"
}
