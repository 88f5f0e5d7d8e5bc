package functions_test

import (
	"bytes"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// lambdaLike has a container run as AWS Lambda runs functions: as no root, with no right to gain rights, on a root that cannot
// be written, on a kernel as old as 5.10 (no Landlock), and under a filter that refuses what a cautious one may.
const lambdaLike = `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
	{"names": ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
	{"names": ["close_range", "memfd_create", "io_uring_setup", "userfaultfd", "ptrace", "bpf"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1}]}`

// withoutSeccomp is a kernel that filters no system calls.
const withoutSeccomp = `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["seccomp"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}`

// inLambda is a command that runs a program of ours in the worker's image, in a container of that name. It skips the test where
// there is no image.
func inLambda(t *testing.T, name, profile, program string, env map[string]string) *exec.Cmd {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "docker", "image", "inspect", "worker:worker").CombinedOutput(); err != nil || runtime.GOOS != "linux" {
		if slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), require) {
			t.Fatalf("the worker's image is required: %v: %s", err, out)
		}
		t.Skipf("no image of the worker here (`make sam-build` says why): %v", err)
	}
	rules := filepath.Join(t.TempDir(), "seccomp.json")
	must(t, os.WriteFile(rules, []byte(profile), 0o600))
	words := []string{
		"run", "--rm", "--name", name, "--network", "host", "--user", "993:990", "--read-only", "--tmpfs", "/tmp",
		"--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--security-opt", "seccomp=" + rules,
		"--volume", program + ":/program:ro", "--entrypoint", "/program",
	}
	for name, value := range env {
		words = append(words, "--env", name+"="+value)
	}
	t.Cleanup(func() { remove(name) })
	return exec.CommandContext(t.Context(), "docker", append(words, "worker:worker")...)
}

// TestContained: in an environment like Lambda's a job runs in the sandbox, its record says in which, and nobody else of the
// worker's user reads the worker's environment, where its credentials are.
func TestContained(t *testing.T) {
	t.Parallel()
	s := newSite(t, "")
	j, event := s.long(t)
	lambda := newLambdaAPI(t, event)
	front := httptest.NewServer(withExtensions(lambda.address))
	t.Cleanup(front.Close)
	s.env["AWS_LAMBDA_RUNTIME_API"] = front.Listener.Addr().String()
	cmd := inLambda(t, s.name, lambdaLike, build(t, "worker"), s.env)
	cmd.Stderr = t.Output()
	must(t, cmd.Start())
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed
		close(exited)
	}()
	t.Cleanup(func() {
		remove(s.name)
		<-exited
	})
	if got := s.until(t, j.ID, job.Running).Sandbox; got != "landlock off, seccomp on" {
		t.Errorf("the record says %q", got)
	}
	if out, err := inside(t, s.name, "cat /proc/1/environ"); err == nil || !strings.Contains(out, "Permission denied") {
		t.Errorf("the worker's environment can be read: %q, %v", out, err)
	}
	var running string
	poll(t, func() bool {
		running, _ = inside(t, s.name, `for p in /proc/[0-9]*; do read -r name <$p/comm; [ "$name" != ffmpeg ] || cat $p/status $p/environ; done`)
		return running != ""
	})
	for text, want := range map[string]bool{"NoNewPrivs:\t1": true, "Seccomp_filters:\t2": true, "PATH=": true, "AWS_": false, "FFLAMBDA_": false} {
		if strings.Contains(running, text) != want {
			t.Errorf("ffmpeg's process: %q is there: %v\n%q", text, !want, running)
		}
	}
	must(t, cmd.Process.Signal(syscall.SIGTERM))
	s.until(t, j.ID, job.Queued) // handed back
}

// TestUncontained: a worker that cannot hold ffmpeg does not start, and says what to do.
func TestUncontained(t *testing.T) {
	t.Parallel()
	cmd := inLambda(t, "f"+job.NewID(), withoutSeccomp, build(t, "worker"), settings())
	var said bytes.Buffer
	cmd.Stderr = &said
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it ended with %v, want exit code 1", err)
	}
	if text := said.String(); !strings.Contains(text, "cannot start: ") || !strings.Contains(text, "no seccomp") || !strings.Contains(text, "FFLAMBDA_SANDBOX=off") {
		t.Errorf("it said %s", text)
	}
}

// TestOldFFmpeg: an image with an ffmpeg that has published holes does not start. `sam local` runs it, and warns.
func TestOldFFmpeg(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"ffmpeg", "ffprobe"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho ffmpeg version 7.0.2-static\n"), 0o700))
	}
	program := build(t, "probe")
	for name, c := range map[string]struct {
		env  []string
		want string
	}{
		"in AWS":    {nil, "cannot start: the image's ffmpeg 7.0.2-static may have CVE-2026-8461"},
		"sam local": {[]string{"AWS_SAM_LOCAL=true"}, `"msg":"good for tests only: AWS would refuse to start this"`},
	} {
		cmd := exec.CommandContext(t.Context(), program)
		cmd.Env = append(c.env, "FFLAMBDA_FFMPEG="+filepath.Join(dir, "ffmpeg"), "PATH=/bin:/usr/bin")
		for name, value := range settings() {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		if said, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(said), c.want) { // a script cannot be contained
			t.Errorf("%s: %v, %s", name, err, said)
		}
	}
}

// settings are an environment with which functions start. Nothing is at its addresses.
func settings() map[string]string {
	return map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
		"FFLAMBDA_TABLE": "t", "FFLAMBDA_BUCKET": "b", "FFLAMBDA_QUEUE_URL": "http://127.0.0.1:1/q", "FFLAMBDA_NOTICES_URL": "http://127.0.0.1:1/n",
		"FFLAMBDA_LINK_PARAMETER": "/l",
	}
}

// remove ends a container and forgets it, if it is still there.
func remove(name string) { _ = exec.Command("docker", "rm", "--force", name).Run() }

// inside runs a line of shell in a container, as the container's user.
func inside(t *testing.T, name, line string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", "exec", name, "sh", "-c", line).CombinedOutput()
	return string(out), err
}
