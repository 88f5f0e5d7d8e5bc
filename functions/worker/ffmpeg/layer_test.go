package ffmpeg_test

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// layerLimit is what a function and its layers may have unpacked, in bytes (Lambda: quotas, 250 MB).
const layerLimit = 250 << 20

// TestLayer unpacks the zip as Lambda does, into /opt of a root that has nothing else, and draws text with the fonts in it: the
// same picture as in the image, without a word about fonts or their cache.
func TestLayer(t *testing.T) {
	t.Parallel()
	rootfs := built(t)
	packed, err := zip.OpenReader(filepath.Join(rootfs, "../layer.zip"))
	if err != nil {
		t.Skipf("this rootfs has no layer beside it: %v", err)
	}
	defer packed.Close()
	if os.Getuid() != 0 {
		t.Skip("only root can make a root folder for it")
	}
	layer := box{root: t.TempDir(), jail: true, env: []string{"FONTCONFIG_FILE=/opt/etc/fonts/fonts.conf"}}
	size := unzip(t, &packed.Reader, filepath.Join(layer.root, "opt"))
	if size > layerLimit {
		t.Errorf("unpacked it has %d bytes, Lambda takes %d with the function", size, layerLimit)
	}
	// box starts /bin/NAME.
	if err := os.Symlink("opt/bin", filepath.Join(layer.root, "bin")); err != nil {
		t.Fatal(err)
	}
	layer.dir = filepath.Join(layer.root, "tmp")
	layer = layer.folder(t, "")
	image := newBox(t, rootfs)

	const draw = "ffmpeg -v warning -f lavfi -i color=black:size=320x96 -vf drawtext=text=Handgloves:fontcolor=white:fontsize=40:font=Georgia " +
		"-frames:v 1 -pix_fmt gray -f rawvideo out.gray"
	for _, b := range []box{layer, image} {
		if out := b.must(t, draw); out != "" {
			t.Errorf("it said:\n%s", out)
		}
		ink("out.gray", 300)(t, b, "")
	}
	if !bytes.Equal(layer.bytes(t, "out.gray"), image.bytes(t, "out.gray")) {
		t.Error("the layer draws another picture than the image")
	}
	if out := layer.must(t, "ffprobe -version"); !strings.HasPrefix(out, "ffprobe version") {
		t.Errorf("ffprobe says %q", out)
	}
}

// unzip unpacks with links, modes and times, and returns the bytes of all files.
func unzip(t *testing.T, packed *zip.Reader, into string) (size int64) {
	t.Helper()
	times := map[string]time.Time{}
	for _, entry := range packed.File {
		target := filepath.Join(into, entry.Name)
		data := contents(t, entry)
		size += int64(len(data))
		times[target] = entry.Modified
		var err error
		switch {
		case entry.Mode().IsDir():
			err = os.MkdirAll(target, 0o755)
		case entry.Mode().Type() == fs.ModeSymlink:
			delete(times, target)
			err = os.Symlink(string(data), target)
		default:
			err = os.WriteFile(target, data, entry.Mode())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for path, at := range times {
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	return size
}

func contents(t *testing.T, entry *zip.File) []byte {
	t.Helper()
	r, err := entry.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
