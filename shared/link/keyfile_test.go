package link

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestKeyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "link.key")
	made, err := KeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != KeyBytes || bytes.Equal(made, make([]byte, KeyBytes)) {
		t.Errorf("got key %x", made)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o600 {
		t.Errorf("the file's mode is %o", info.Mode())
	}
	again, err := KeyFile(path)
	if err != nil || !bytes.Equal(made, again) {
		t.Errorf("second call: another key, or %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left %v", left)
	}
}

func TestKeyFileOneWinner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "link.key")
	var wait sync.WaitGroup
	var keys [16][]byte
	for i := range keys {
		wait.Go(func() {
			var err error
			if keys[i], err = KeyFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for i := range keys {
		if !bytes.Equal(keys[i], keys[0]) {
			t.Errorf("%d got another key than 0", i)
		}
	}
}

func TestKeyFileBroken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "link.key")
	for _, content := range []string{"", "short", strings.Repeat("x", 33), strings.Repeat("x", 96)} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := KeyFile(path); err == nil || !strings.Contains(err.Error(), "instead of 32") {
			t.Errorf("%d bytes: got %v", len(content), err)
		}
		if kept, _ := os.ReadFile(path); string(kept) != content {
			t.Error("a file that is no key was changed")
		}
	}
	for _, bad := range []string{filepath.Join(dir, "absent", "link.key"), dir} {
		if _, err := KeyFile(bad); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}

// TestRotateFile: the new key comes first, the old one stays for one more rotation, and the file is never anything else.
func TestRotateFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "link.key")
	first, err := KeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seen := first
	for range 3 {
		if err := RotateFile(path); err != nil {
			t.Fatal(err)
		}
		held, err := KeyFile(path)
		if err != nil || len(held) != 2*KeyBytes || !bytes.Equal(held[KeyBytes:], seen) || bytes.Equal(held[:KeyBytes], seen) {
			t.Fatalf("%d bytes, %v; want a new key and then the one that signed before", len(held), err)
		}
		seen = held[:KeyBytes]
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left %v", left)
	}
	if err := os.WriteFile(path, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := RotateFile(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file that is no key: %v, want an error that names it", err)
	}
}
