package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// slow is a job that runs for about a second of real time and whose result is known.
var slow = object{"input_files": object{}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{"-re -f lavfi -i sine=duration=1 {{o.wav}}"}}

// TestKill ends the server with SIGKILL at different moments of a job's life. After a restart on the same folder
// the job succeeds, its file is whole, and nothing of the broken attempt is to be seen.
func TestKill(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	for _, after := range []time.Duration{0, 3 * time.Millisecond, 30 * time.Millisecond, 300 * time.Millisecond, 1100 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			first := start(t, options{data: data})
			created := first.do(t, alice, "POST", "/api/ffmpeg", slow)
			if created.status != 200 {
				t.Fatalf("create: %d %s", created.status, created.body)
			}
			<-time.After(after) // the moment to kill at is what is being tested
			first.kill()

			second := start(t, options{data: data})
			path := "/api/jobs/" + created.text("data", "id")
			done, _ := second.wait(t, alice, path)
			if done.text("data", "status") != "succeeded" {
				t.Fatalf("after the restart: %s", done.body)
			}
			file := second.do(t, "", "GET", done.text("data", "output_files", "o.wav"), nil)
			if p := probe(t, save(t, "o.wav", file)); !strings.HasPrefix(p.Format.Duration, "1.0") {
				t.Errorf("the file lasts %s s", p.Format.Duration)
			}
			second.stop()
			nothingLeft(t, second)
			orphans(t, data)
		})
	}
}

// TestKillOften: a job whose server is killed again and again ends, with a reason.
func TestKillOften(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	args := []string{"--max-attempts", "2"}
	s := start(t, options{data: data, args: args})
	path := "/api/jobs/" + s.do(t, alice, "POST", "/api/ffmpeg", object{"input_files": object{}, "output_files": []string{"o.wav"},
		"ffmpeg_commands": []string{"-re -f lavfi -i sine=duration=600 {{o.wav}}"}}).text("data", "id")
	for range 2 {
		s.running(t, path)
		s.kill()
		s = start(t, options{data: data, args: args})
	}
	done, _ := s.wait(t, alice, path)
	if done.text("data", "error_code") != "worker_lost" {
		t.Errorf("%s", done.body)
	}
}

// TestGracefulStop: SIGTERM lets a short job finish, hands a long one back without costing it a try, and exits 0.
func TestGracefulStop(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	for _, c := range []struct {
		grace, command string
		done           bool
	}{
		{"30s", "-re -f lavfi -i sine=duration=1 {{o.wav}}", true},
		{"100ms", "-re -f lavfi -i sine=duration=3 {{o.wav}}", false},
	} {
		t.Run(c.grace, func(t *testing.T) {
			t.Parallel()
			data := t.TempDir()
			args := []string{"--grace", c.grace, "--max-attempts", "1"} // so a try that is lost would fail the job
			s := start(t, options{data: data, args: args})
			path := "/api/jobs/" + s.do(t, alice, "POST", "/api/ffmpeg", object{"input_files": object{}, "output_files": []string{"o.wav"}, "ffmpeg_commands": []string{c.command}}).text("data", "id")
			s.running(t, path)
			s.stop()
			if code := s.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("exit code %d:\n%s", code, s.stderr)
			}
			orphans(t, data)
			again := start(t, options{data: data, args: append(args, "--workers", "0")})
			status := again.do(t, alice, "GET", path, nil).text("data", "status")
			if want := map[bool]string{true: "succeeded", false: "queued"}[c.done]; status != want {
				t.Errorf("after the stop the job is %s, want %s", status, want)
			}
			again.stop()
			again = start(t, options{data: data, args: args})
			if done, _ := again.wait(t, alice, path); done.text("data", "status") != "succeeded" {
				t.Errorf("%s", done.body)
			}
		})
	}
}

// TestClockWentBack: jobs of a server whose clock was an hour ahead, and one that it was running, run at once under one
// whose clock is right, and their times make sense.
func TestClockWentBack(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	data := t.TempDir()
	s := start(t, options{data: data, args: []string{"--workers", "1"}})
	var paths []string
	for range 2 {
		paths = append(paths, "/api/jobs/"+s.do(t, alice, "POST", "/api/ffmpeg", slow).text("data", "id"))
	}
	s.running(t, paths[0])
	s.kill()
	setClock(t, filepath.Join(data, "fflambda.db"), time.Hour)
	s = start(t, options{data: data})
	for _, path := range paths {
		done, _ := s.wait(t, alice, path)
		times := []string{done.text("data", "created_at"), done.text("data", "started_at"), done.text("data", "finished_at")}
		if done.text("data", "status") != "succeeded" || !slices.IsSorted(times) {
			t.Errorf("%v: %s", times, done.body)
		}
	}
	if a := s.run(t, anyJob); a.text("data", "status") != "succeeded" {
		t.Errorf("a new job: %s", a.body)
	}
}

// setClock makes everything in a database look as if it had been written by a clock that was so much ahead.
func setClock(t *testing.T, file string, ahead time.Duration) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.ExecContext(t.Context(), `
		update message set sent = sent + ?1, due = due + ?1;
		update job set created = created + ?1, updated = updated + ?1, due = due + ?1, data = json_set(data,
			'$.created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (created + ?1) / 1000.0, 'unixepoch'),
			'$.updated_at', strftime('%Y-%m-%dT%H:%M:%fZ', (updated + ?1) / 1000.0, 'unixepoch'))`, ahead.Milliseconds())
	if err != nil {
		t.Fatal(err)
	}
}

// TestSecondServer: one folder, one server.
func TestSecondServer(t *testing.T) {
	t.Parallel()
	s := common(t)
	out, err := command(nil, "serve", "--listen", "127.0.0.1:0", "--data", s.data).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another fflambda serves the folder") {
		t.Errorf("%v\n%s", err, out)
	}
}

// orphans checks that no process works in the folder any more.
func orphans(t *testing.T, data string) {
	t.Helper()
	until(t, func() bool { return len(processesIn(data)) == 0 })
}

// processesIn lists the processes whose working directory is in the folder. Linux only; elsewhere there are none to see.
func processesIn(dir string) (found []string) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, l := range links {
		if cwd, err := os.Readlink(l); err == nil && strings.HasPrefix(cwd, dir) {
			found = append(found, fmt.Sprintf("%s in %s", filepath.Base(filepath.Dir(l)), cwd))
		}
	}
	return found
}
