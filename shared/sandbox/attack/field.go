//go:build linux

package attack

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Field is where one case is tried.
type Field struct {
	Folder  string   // the job's, with planted files; the command's working directory
	Outside string   // a folder beside it with the secrets
	Secret  *os.File // open, and inherited by every process that is started without care; $FD is its number

	test   Case
	filled *strings.Replacer
	before map[string]string
	watch  *watch
	doors  []door
}

// NewField makes a field for a case and takes it down with the test. ffmpeg is the program under test and decoy the process
// id of a process that plays the worker to hostile programs.
func NewField(tb testing.TB, ffmpeg string, decoy int, c Case) *Field {
	tb.Helper()
	root, err := os.MkdirTemp("", "attack") // short: a unix socket's path has 107 bytes at most
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(root) })
	f := &Field{Folder: filepath.Join(root, "job"), Outside: filepath.Join(root, "outside"), test: c}
	for name, text := range secrets() {
		plant(tb, filepath.Join(f.Outside, name), text)
	}
	secret := filepath.Join(f.Outside, "secret.txt")
	f.doors = doors(tb, f.Outside)
	if f.Secret, err = os.Open(secret); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.Secret.Close() })
	if _, err := unix.FcntlInt(f.Secret.Fd(), unix.F_SETFD, 0); err != nil { // inheritable, as a careless library would leave it
		tb.Fatal(err)
	}

	f.filled = values{
		outside: f.Outside, secret: secret, ffmpeg: ffmpeg, home: os.Getenv("HOME"),
		worker: strconv.Itoa(os.Getpid()), decoy: strconv.Itoa(decoy), descriptor: strconv.Itoa(int(f.Secret.Fd())),
		tcp: f.doors[0].address, udp: f.doors[1].address, socket: f.doors[2].address,
	}.replacer()
	for name, data := range f.Inputs() {
		plant(tb, filepath.Join(f.Folder, "inputs", name), string(data))
	}
	for name, text := range planted() {
		plant(tb, filepath.Join(f.Folder, name), f.filled.Replace(text))
	}
	for name, target := range map[string]string{"link": secret, "linkdir": f.Outside, "environ": "/proc/self/environ"} {
		if err := os.Symlink(target, filepath.Join(f.Folder, name)); err != nil {
			tb.Fatal(err)
		}
	}
	f.before = f.outside(tb)
	f.watch = newWatch(tb, f.Outside, filepath.Join(f.Outside, "other"))
	return f
}

// Words are a command's with the field's paths and ports in place of the tokens, and inputs/name in that of {{name}}.
func (f *Field) Words(c Command) []string {
	words := c.fill(f.filled)
	for i, word := range words {
		words[i] = strings.NewReplacer("{{", "inputs/", "}}", "").Replace(word)
	}
	return words
}

// Lines are the case's commands as a caller sends them.
func (f *Field) Lines() []string { return lines(f.test, f.filled) }

// Inputs are the case's own files by name. They also lie in the folder's inputs.
func (f *Field) Inputs() map[string][]byte { return needed(f.test, inputs(f.filled)) }

// Breaches lists what was reached, given all that the commands said: nothing is what it should be.
func (f *Field) Breaches(tb testing.TB, said []byte) []string {
	tb.Helper()
	found := f.watch.events(tb)
	for _, d := range f.doors {
		if n := d.visits(); n > 0 {
			found = append(found, fmt.Sprintf("%d visits by %s", n, d.network))
		}
	}
	if bytes.Contains(said, []byte(Canary)) {
		found = append(found, "a secret in what it said")
	}
	_ = filepath.WalkDir(f.Folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil //nolint:nilerr // not there, nothing in it
		}
		if info, err := d.Info(); err == nil && d.Name() == copied && info.Size() > 0 {
			found = append(found, "bytes in "+copied)
		}
		text, err := os.ReadFile(path) //nolint:gosec // nothing runs any more that could change the folder
		if err == nil && slices.ContainsFunc(hidden(), func(s string) bool { return bytes.Contains(text, []byte(s)) }) {
			found = append(found, "a secret in "+d.Name())
		}
		return nil
	})
	if after := f.outside(tb); !maps.Equal(f.before, after) {
		found = append(found, "something outside has changed")
	}
	return found
}

// copied is what the cases call a byte-for-byte copy of something that they must not be able to read at all.
const copied = "out.bin"

// hidden are texts that only secrets hold, the machine's own included.
func hidden() []string { return []string{Canary, "root:x:0:0", "root:*:", "PATH=/"} }

// outside is what lies outside: every path with its mode, times and text.
func (f *Field) outside(tb testing.TB) map[string]string {
	tb.Helper()
	seen := map[string]string{}
	root := filepath.Dir(f.Folder)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if path == f.Folder {
			return filepath.SkipDir
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		seen[path] = fmt.Sprint(info.Mode(), info.Size(), info.ModTime())
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return seen
}

func plant(tb testing.TB, path, text string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// door is a listener that counts who comes.
type door struct {
	network, address string
	visits           func() int
}

// doors open a TCP port, a UDP port and a unix socket.
func doors(tb testing.TB, dir string) []door {
	tb.Helper()
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	socket, err := net.Listen("unix", path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _, _, _ = tcp.Close(), udp.Close(), socket.Close() })
	return []door{
		{"tcp", tcp.Addr().String(), accepted(tcp)},
		{"udp", udp.LocalAddr().String(), received(udp)},
		{"unix socket", path, accepted(socket)},
	}
}
