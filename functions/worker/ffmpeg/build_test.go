package ffmpeg_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// gate asks the recipe whether a version of ffmpeg may be shipped.
func gate(version string) (string, error) {
	out, err := exec.Command("bash", "-c", ". recipe/common.sh; new_enough '"+version+"'").CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// TestGate: releases with known holes are refused.
func TestGate(t *testing.T) {
	t.Parallel()
	for version, ok := range map[string]bool{
		"7.1.5": true, "7.1.6": true, "7.1.10": true, "8.0.3": true, "8.0.10": true, "8.1": true, "10.0": true,
		"7.1.4": false, "7.1": false, "7.0.9": false, "6.1.2": false, "8.0": false, "8.0.2": false, "": false, "N-119": false,
	} {
		out, err := gate(version)
		if ok != (err == nil) {
			t.Errorf("%q: %v, %s", version, err, out)
		}
		if !ok && !strings.Contains(out, "'"+version+"' is not a version") && !strings.Contains(out, version+" is too old") {
			t.Errorf("%q is refused with %q", version, out)
		}
	}
}

// workshop is a copy of the script and its recipe that a test may spoil, with a cache of its own.
type workshop struct{ dir string }

func newWorkshop(t *testing.T) workshop {
	t.Helper()
	w := workshop{t.TempDir()}
	copyTree(t, "build", filepath.Join(w.dir, "build"))
	copyTree(t, "recipe", filepath.Join(w.dir, "recipe"))
	return w
}

func (w workshop) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// run starts a script of the workshop and returns what it said.
func (w workshop) run(t *testing.T, script string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(w.dir, script), args...)
	cmd.Env = append(os.Environ(), "FFLAMBDA_CACHE="+filepath.Join(w.dir, "cache"), "SRC="+filepath.Join(w.dir, "src"), "PATH="+w.dir+"/bin:"+os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// TestCacheKey: the folder follows the recipe, and nothing else.
func TestCacheKey(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	folder := func() string {
		out, err := w.run(t, "build", "--print")
		if err != nil || !strings.HasPrefix(out, filepath.Join(w.dir, "cache/ffmpeg")) {
			t.Fatalf("--print: %s, %v", out, err)
		}
		return out
	}
	first := folder()
	w.write(t, "other_test.go", "package x")
	if folder() != first {
		t.Error("a test changes the folder")
	}
	w.write(t, "recipe/fonts.txt", "truetype/dejavu/*.ttf")
	if folder() == first {
		t.Error("the recipe does not change the folder")
	}
}

// TestCheck: a cached one counts when it is whole.
func TestCheck(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	if out, err := w.run(t, "build", "--check"); err == nil || !strings.Contains(out, "none at ") {
		t.Errorf("an empty cache is answered with %q, %v", out, err)
	}
	folder, err := w.run(t, "build", "--print")
	if err != nil {
		t.Fatal(err)
	}
	inside, _ := filepath.Rel(w.dir, folder)
	w.write(t, inside+"/rootfs/bin/ffmpeg", "x")
	w.write(t, inside+"/SHA256SUMS", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  ./rootfs/bin/ffmpeg\n")
	if out, err := w.run(t, "build", "--check"); err != nil {
		t.Errorf("a whole one: %s, %v", out, err)
	}
	if out, err := w.run(t, "build"); err != nil || out != folder {
		t.Errorf("build does not use the cached one: %q, %v", out, err)
	}
	w.write(t, inside+"/rootfs/bin/ffmpeg", "y")
	if out, err := w.run(t, "build", "--check"); err == nil || !strings.Contains(out, "none at ") {
		t.Errorf("a broken one is answered with %q, %v", out, err)
	}
}

// TestSums: a source that is not the one of the list is not used, and the line says which.
func TestSums(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Skip("the recipe runs on Linux: ", err)
	}
	w := newWorkshop(t)
	w.write(t, "recipe/sources.sha256", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  thing_1.0.orig.tar.xz\n")
	// A mirror: apt-get source NAME leaves what the test put into next.
	w.write(t, "bin/apt-get", "#!/bin/sh\n[ ! -f ../next ] || cp ../next thing_1.0.orig.tar.xz\n")
	w.write(t, "bin/apt-cache", "#!/bin/sh\necho Version: 1.1-1\n")
	for _, name := range []string{"apt-get", "apt-cache"} {
		if err := os.Chmod(filepath.Join(w.dir, "bin", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(w.dir, "src"), 0o755); err != nil {
		t.Fatal(err)
	}
	out, err := w.run(t, "recipe/fetch.sh")
	if err == nil || !strings.Contains(out, "thing_1.0.orig.tar.xz is not on the mirror, which has thing 1.1-1") {
		t.Errorf("no such source: %q, %v", out, err)
	}
	w.write(t, "next", "y")
	out, err = w.run(t, "recipe/fetch.sh")
	if err == nil || !strings.Contains(out, "thing_1.0.orig.tar.xz has the SHA-256 a1fce4363854ff88") {
		t.Errorf("another source: %q, %v", out, err)
	}
	w.write(t, "next", "x")
	if out, err = w.run(t, "recipe/fetch.sh"); err != nil {
		t.Errorf("the right source after a wrong one: %q, %v", out, err)
	}
}
