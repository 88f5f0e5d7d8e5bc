package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestClientTranscodes drives every call of the vendor's own Python client, with only host and key changed.
func TestClientTranscodes(t *testing.T) {
	t.Parallel()
	s := common(t)
	s.drive(t, python(t), "testdata/clients/transcodes.py", "URL="+s.url, "KEY="+s.newcomer(t, "vendor"),
		"CLIP="+media(t, "clip.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2", "-f", "lavfi", "-i", "sine=duration=2",
			"-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"),
		"OTHER="+media(t, "other.mp4", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=25:duration=1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"))
}

// TestClientNodes sends what automation nodes send.
func TestClientNodes(t *testing.T) {
	t.Parallel()
	s := common(t)
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed")
	}
	key := s.newcomer(t, "nodes")
	source := s.upload(t, key, clip(t), "video/mp4")
	s.drive(t, node, "testdata/clients/nodes.mjs", "URL="+s.url+"/", "KEY="+key, "INPUT="+source)
}

// python is the interpreter that has the vendors' clients; see scripts/setup.
func python(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("FFLAMBDA_CLIENTS")
	if dir == "" {
		dir = filepath.Join("..", "..", "bin", "tools", "clients")
	}
	path := filepath.Join(dir, "bin", "python")
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if slices.Contains(strings.Split(os.Getenv("FFLAMBDA_REQUIRE"), ","), "clients") {
		t.Fatal("the vendors' clients are required and not installed: scripts/setup clients")
	}
	t.Skip("the vendors' clients are not installed: make test-clients, or scripts/setup clients")
	return ""
}

// newcomer is a key of an owner who has no jobs yet.
func (s *server) newcomer(t *testing.T, owner string) string {
	t.Helper()
	out, err := command(nil, "keys", "--data", s.data, "add", owner).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// drive runs a client's script against the server.
func (s *server) drive(t *testing.T, program, script string, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, script)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", script, err, out)
	}
	t.Logf("%s", out)
}
