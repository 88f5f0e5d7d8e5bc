package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk is a disk of that size ("32m") for a data folder.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	requireFFmpeg(t)
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("cannot mount a small disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(data, syscall.MNT_DETACH) })
	if err := syscall.Setxattr(data, "user.test", []byte("x"), 0); err != nil {
		t.Skipf("a small disk of this kernel cannot hold objects: %v", err) // tmpfs has attributes since Linux 6.6
	}
	return data
}

// TestDiskFull: the disk of the data folder really is full. The job says so, the server goes on.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := start(t, options{data: smallDisk(t, "32m"), args: []string{"--max-attempts", "1"}}) // another try might find room
	done := s.run(t, object{"input_files": object{}, "output_files": []string{"o.avi"},
		"ffmpeg_commands": []string{"-f lavfi -i testsrc2=size=1280x720:rate=25:duration=60 -c:v rawvideo {{o.avi}}"}})
	if done.text("data", "error_code") != "internal" || !strings.Contains(done.text("data", "error_message"), "disk") {
		t.Errorf("%s", done.body)
	}
	if next := s.run(t, anyJob); next.text("data", "status") != "succeeded" {
		t.Errorf("the next job: %s", next.body)
	}
	nothingLeft(t, s)
}

// TestDiskFilled: something else fills the disk to the last byte while a job runs. That is said, nothing is accepted that
// could not be kept, and when there is room again everything goes on: the job that was running too.
func TestDiskFilled(t *testing.T) {
	t.Parallel()
	data := smallDisk(t, "32m")
	s := start(t, options{data: data, args: []string{"--workers", "1"}})
	slot := s.do(t, alice, "POST", "/v1/upload/presigned-url", object{"filename": "a.wav", "contentType": "audio/wav", "fileSize": 100000})
	path := "/api/jobs/" + s.do(t, alice, "POST", "/api/ffmpeg", unending).text("data", "id")
	s.running(t, path)
	filling := filepath.Join(data, "filling")
	fill(t, filling)
	s.sick(t, "the bucket cannot be used: the disk is full")
	var refused answer
	until(t, func() bool { // there may be room in the log of the database for some more
		refused = s.do(t, alice, "POST", "/api/ffmpeg", anyJob)
		return refused.status != 200
	})
	s.putOff(t, refused)
	s.sick(t, "the bucket cannot be used: the disk is full", "the table and queue cannot be used: the disk is full")
	if a := s.do(t, "", "PUT", slot.text("result", "uploadUrl"), strings.Repeat("x", 100000), "Content-Type", "audio/wav"); a.status != 507 && a.status != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("an upload: %d %v %s", a.status, a.header, a.body)
	}
	if a := s.do(t, alice, "GET", path, nil); a.status != 200 {
		t.Errorf("reading a job: %d %s", a.status, a.body)
	}
	if err := os.Remove(filling); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return s.do(t, alice, "POST", path+"/cancel", nil).status == 200 })
	s.well(t)
}

// fill writes a file until the disk takes no byte more.
func fill(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, chunk := range []int{1 << 20, 1 << 12, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, chunk))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}

// TestReadOnlyFiles: the bucket's folder cannot be written any more. That is said, nothing is a 500, and it can be mended
// under the running server.
func TestReadOnlyFiles(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	cmd := command([]string{"FFLAMBDA_API_KEYS=alice:" + alice, "FFLAMBDA_RATE_LIMIT=0"}, "serve", "--listen", "127.0.0.1:0", "--data", data)
	if os.Getuid() == 0 { // root writes wherever it likes, unless it gave that up
		setpriv, err := exec.LookPath("setpriv")
		if err != nil {
			t.Skip("setpriv is not installed, and root needs it to be refused anything")
		}
		cmd.Path, cmd.Args = setpriv, append([]string{"setpriv", "--bounding-set=-dac_override,-dac_read_search"}, cmd.Args...)
	}
	s, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	s.data = data
	t.Cleanup(s.stop)
	link := s.run(t, anyJob).text("data", "output_files", "o.wav")
	slot := s.do(t, alice, "POST", "/v1/upload/presigned-url", object{"filename": "a.wav", "contentType": "audio/wav", "fileSize": 3})
	mode(t, data, 0o500)
	t.Cleanup(func() { mode(t, data, 0o700) })

	s.sick(t, "the bucket cannot be used: the folder may not be written")
	s.putOff(t, s.do(t, "", "PUT", slot.text("result", "uploadUrl"), "abc", "Content-Type", "audio/wav"))
	if file := s.do(t, "", "GET", link, nil); file.status != 200 {
		t.Errorf("a file that is there: %d %s", file.status, file.body)
	}
	mode(t, data, 0o700)
	s.well(t)
}

// mode sets the mode of every folder of the bucket of a server.
func mode(t *testing.T, data string, m fs.FileMode) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(data, "files", "fflambda"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return os.Chmod(path, m)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestReadOnlyData: a data folder that cannot be written is said at the start.
func TestReadOnlyData(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	if err := syscall.Mount("tmpfs", data, "tmpfs", syscall.MS_RDONLY, ""); err != nil {
		t.Skipf("cannot mount a read-only disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(data, syscall.MNT_DETACH) })
	out, err := command(nil, "serve", "--listen", "127.0.0.1:0", "--data", data).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "cannot be written") {
		t.Errorf("%v\n%s", err, out)
	}
}
