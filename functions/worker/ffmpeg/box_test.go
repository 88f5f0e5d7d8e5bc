package ffmpeg_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody is the user that the commands run as when the test is root.
const nobody = 65534

// built is the rootfs to test: FFLAMBDA_FFMPEG_STATIC, or the one that build made. It skips the test where there is none, and
// fails it where FFLAMBDA_REQUIRE names ffmpeg-static.
func built(t *testing.T) string {
	t.Helper()
	rootfs := os.Getenv("FFLAMBDA_FFMPEG_STATIC")
	if rootfs == "" {
		out, err := exec.Command("./build", "--print").Output()
		if err != nil {
			t.Fatalf("build --print: %v", err)
		}
		rootfs = filepath.Join(strings.TrimSpace(string(out)), "rootfs")
	}
	_, err := os.Stat(filepath.Join(rootfs, "bin/ffmpeg"))
	switch {
	case err == nil:
		return rootfs
	case slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "ffmpeg-static"):
		t.Fatalf("the static ffmpeg is required and missing: %v; functions/worker/ffmpeg/build makes it", err)
	}
	t.Skipf("NOT TESTED, the static ffmpeg is not built: %v; functions/worker/ffmpeg/build makes it (half an hour, once)", err)
	return ""
}

// box is where a command runs: with no environment, and for root in a chroot that has the rootfs and nothing else, as nobody.
// For others ffmpeg is started from the rootfs, and fontconfig is told where the fonts are.
type box struct {
	root string // of the chroot, or the rootfs
	dir  string // the folder commands start in, as we see it
	jail bool
	env  []string
}

// newBox copies what an image would have of a rootfs, with its times, which fontconfig's cache depends on.
func newBox(t *testing.T, rootfs string) box {
	t.Helper()
	b := box{root: rootfs, dir: t.TempDir(), jail: os.Getuid() == 0, env: []string{}}
	if !b.jail {
		b.env = []string{"FONTCONFIG_FILE=" + fontsAt(t, rootfs)}
		return b
	}
	b.root = t.TempDir()
	for _, dir := range []string{"bin", "etc", "usr/share/fonts", "var"} {
		copyTree(t, filepath.Join(rootfs, dir), filepath.Join(b.root, dir))
	}
	b.dir = filepath.Join(b.root, "work")
	return b.folder(t, "")
}

// folder is the same box with another folder to start in, which the commands may write to.
func (b box) folder(t *testing.T, name string) box {
	t.Helper()
	b.dir = filepath.Join(b.dir, name)
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if b.jail {
		if err := os.Chown(b.dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// path is where a file that a command calls name is for us.
func (b box) path(name string) string { return filepath.Join(b.dir, name) }

// run starts a line like "ffmpeg -i a.mp4 b.mp4 < c > d" and returns what it wrote to the terminal, which is both of its
// outputs. Blanks part the arguments; ␣ is a blank within one.
func (b box) run(t *testing.T, line string) (string, error) {
	t.Helper()
	args := strings.Fields(line)
	cmd := exec.CommandContext(t.Context(), filepath.Join(b.root, "bin", args[0]))
	cmd.Dir, cmd.Env, cmd.WaitDelay = b.dir, b.env, 5*time.Second
	if b.jail {
		cmd.Path = "/bin/" + args[0]
		cmd.Dir = "/" + strings.TrimPrefix(b.dir, b.root+"/")
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: b.root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Args = []string{args[0]}
	if args[0] == "ffmpeg" {
		cmd.Args = append(cmd.Args, "-nostdin", "-y", "-hide_banner")
	}
	for i := 1; i < len(args); i++ {
		switch args[i] {
		case "<":
			i++
			cmd.Stdin = open(t, b.path(args[i]), os.O_RDONLY)
		case ">":
			i++
			cmd.Stdout = open(t, b.path(args[i]), os.O_CREATE|os.O_WRONLY)
		default:
			cmd.Args = append(cmd.Args, strings.ReplaceAll(args[i], "␣", " "))
		}
	}
	err := cmd.Run()
	return out.String(), err
}

// must is run for a command that has to succeed.
func (b box) must(t *testing.T, line string) string {
	t.Helper()
	out, err := b.run(t, line)
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return out
}

func open(t *testing.T, path string, flags int) *os.File {
	t.Helper()
	f, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// fontsAt writes a configuration of fontconfig for a rootfs that is not the root, and returns its path.
func fontsAt(t *testing.T, rootfs string) string {
	t.Helper()
	conf, err := os.ReadFile(filepath.Join(rootfs, "etc/fonts/fonts.conf"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("<dir>/", "<dir>"+rootfs+"/", "<cachedir>/var/cache/fontconfig", "<cachedir>"+t.TempDir()).Replace(string(conf))
	file := filepath.Join(t.TempDir(), "fonts.conf")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// copyTree copies files, links and folders with their times.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	times := map[string]time.Time{}
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		info, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			times[target] = info.ModTime()
			return os.MkdirAll(target, 0o755)
		case d.Type() == fs.ModeSymlink:
			link, err := os.Readlink(path)
			return errors.Join(err, os.Symlink(link, target))
		}
		times[target] = info.ModTime()
		return copyFile(path, target, info.Mode())
	})
	for path, at := range times {
		err = errors.Join(err, os.Chtimes(path, at, at))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
