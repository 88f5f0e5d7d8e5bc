package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// BenchmarkConfirm is the confirm of a film of 2 GB whose index is at its end: request, look at the file, answer.
// The film is a hole with an index behind it; what is in the hole is not read either way.
func BenchmarkConfirm(b *testing.B) {
	const size = 2040109465
	s, err := launch(options{data: b.TempDir(), args: []string{"--workers", "0"}})
	if err != nil {
		b.Fatal(err)
	}
	defer s.stop()
	film := filepath.Join(b.TempDir(), "film.mp4")
	if out, err := exec.Command("ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=60", "-f", "lavfi", "-i", "sine=duration=60",
		"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac", film).CombinedOutput(); err != nil {
		b.Skipf("no film: %v %s", err, out)
	}
	data, err := os.ReadFile(film)
	if err != nil {
		b.Fatal(err)
	}
	a, err := s.try(alice, "POST", "/v1/upload/presigned-url", object{"filename": "film.mp4", "contentType": "video/mp4", "fileSize": len(data)})
	if err != nil {
		b.Fatal(err)
	}
	name := a.text("result", "filename")
	if a, err = s.try("", "PUT", a.text("result", "uploadUrl"), data, "Content-Type", "video/mp4"); err != nil || a.status != 200 {
		b.Fatal(a.status, err)
	}
	lengthen(b, filepath.Join(filesPath(s.data), bucketName, "uploads/alice", name), data, size)
	for b.Loop() {
		a, err := s.try(alice, "POST", "/v1/upload/confirm", object{"filename": name, "fileSize": size})
		if err != nil || a.status != 200 || a.text("result", "metadata", "codec_video") != "h264" || a.field("result", "metadata", "size_bytes") != float64(size) {
			b.Fatalf("%v: %d %s", err, a.status, a.body)
		}
	}
}

// lengthen makes the MP4 at path size bytes long: its mdat claims the hole that opens before its index.
func lengthen(b *testing.B, path string, film []byte, size int64) {
	b.Helper()
	mdat, moov := int64(bytes.Index(film, []byte("mdat"))-4), int64(bytes.LastIndex(film, []byte("moov"))-4)
	if mdat < 0 || moov < mdat {
		b.Fatal("not what ffmpeg writes")
	}
	index := film[moov:]
	tail := size - int64(len(index))
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	_, err1 := file.WriteAt(binary.BigEndian.AppendUint32(nil, uint32(tail-mdat)), mdat)
	_, err2 := file.WriteAt(make([]byte, len(index)), moov)
	_, err3 := file.WriteAt(index, tail)
	if err := errors.Join(err1, err2, err3, file.Close()); err != nil {
		b.Fatal(err)
	}
}
