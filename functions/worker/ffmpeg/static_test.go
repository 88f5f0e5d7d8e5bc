package ffmpeg_test

import (
	"bytes"
	"debug/elf"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestStatic: one position-independent file that loads nothing.
func TestStatic(t *testing.T) {
	t.Parallel()
	rootfs := built(t)
	file, err := elf.Open(filepath.Join(rootfs, "bin/ffmpeg"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.Type != elf.ET_DYN {
		t.Errorf("it is %v, want ET_DYN: its place in memory has to be random", file.Type)
	}
	seen := map[elf.ProgType]elf.ProgFlag{}
	for _, p := range file.Progs {
		seen[p.Type] = p.Flags
	}
	if _, found := seen[elf.PT_INTERP]; found {
		t.Error("it asks for a dynamic linker")
	}
	if seen[elf.PT_GNU_STACK]&elf.PF_X != 0 {
		t.Error("its stack is executable")
	}
	if _, found := seen[elf.PT_GNU_RELRO]; !found {
		t.Error("its relocations stay writable")
	}
	if libs, err := file.ImportedLibraries(); err != nil || len(libs) > 0 {
		t.Errorf("it asks for %q (%v)", libs, err)
	}
	if link, err := os.Readlink(filepath.Join(rootfs, "bin/ffprobe")); err != nil || link != "ffmpeg" {
		t.Errorf("ffprobe is a link to %q (%v)", link, err)
	}
}

// TestLoadsNothing: a library that is loaded at run time has its name in the file. The C library's own are never reached: they
// are for looking up users and hosts, and for character sets.
func TestLoadsNothing(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(built(t), "bin/ffmpeg"))
	if err != nil {
		t.Fatal(err)
	}
	own := []string{"libc.so", "libnss_files.so", "libgcc_s.so"}
	for _, part := range bytes.SplitAfter(data, []byte(".so")) {
		name := regexp.MustCompile(`\blib[A-Za-z0-9_+-]+\.so$`).Find(part[max(0, len(part)-40):])
		if name != nil && !slices.Contains(own, string(name)) {
			t.Errorf("it names %s", name)
		}
	}
}

// TestVersion: both names answer, with a release that has the fixes we insist on.
func TestVersion(t *testing.T) {
	t.Parallel()
	b := newBox(t, built(t))
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		found := regexp.MustCompile(`(?m)^` + tool + ` version ([0-9.]+)`).FindStringSubmatch(b.must(t, tool+" -version"))
		if found == nil {
			t.Fatalf("%s says no version", tool)
		}
		if out, err := gate(found[1]); err != nil {
			t.Error(out)
		}
	}
}

// TestFiles: everything can be read by any user and written by none but the owner, and every part has its licence.
func TestFiles(t *testing.T) {
	t.Parallel()
	rootfs := built(t)
	err := filepath.WalkDir(rootfs, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type() == fs.ModeSymlink {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o444)
		if d.IsDir() {
			want = 0o555
		}
		if mode := info.Mode(); mode&want != want || mode&(0o022|fs.ModeSetuid|fs.ModeSetgid) != 0 {
			t.Errorf("%s is %v", path, mode)
		}
		if !d.IsDir() && info.Size() == 0 {
			t.Errorf("%s is empty", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sources, err := os.ReadFile(filepath.Join(rootfs, "usr/share/doc/ffmpeg/SOURCES"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Fields("ffmpeg x264 libx265-dev rubberband libvidstab svt-av1 dav1d libsoxr harfbuzz libunibreak libass-dev libmp3lame-dev libc6-dev fonts-noto-core") {
		if _, err := os.Stat(filepath.Join(rootfs, "usr/share/doc", part, "copyright")); err != nil {
			t.Error(err)
		}
	}
	for _, source := range []string{"ffmpeg_7.", "\nx265 ", "\nglibc ", "\nlame "} {
		if !strings.Contains(string(sources), source) {
			t.Errorf("SOURCES has no %q:\n%s", source, sources)
		}
	}
}
