package standin

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"time"
)

const (
	starts   = 3               // tries: another process may take the port that was free
	patience = 5 * time.Minute // for a server to answer; the first DynamoDB Local of a machine is downloaded
	poll     = 50 * time.Millisecond
)

// guard is a shell script that runs its arguments as a server while its standard input is open. That is a pipe of this
// process, and the kernel closes it however the process ends. Where the server ends by itself, so does the guard.
const guard = `
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _ <&3; kill $server; } >/dev/null 2>&1 &
watcher=$!
wait $server; status=$?
kill $watcher 2>/dev/null
exit $status`

// start runs what command makes of a port until this process ends, and returns the endpoint once it answers.
func start(name string, command func(port string) []string) (endpoint string, err error) {
	for range starts {
		if endpoint, err = startOnce(command); err == nil {
			return endpoint, nil
		}
	}
	return "", fmt.Errorf("start %s: %w", name, err)
}

func startOnce(command func(port string) []string) (string, error) {
	address, port, err := freePort()
	if err != nil {
		return "", err
	}
	server := exec.Command("/bin/sh", append([]string{"-c", guard, "guard"}, command(port)...)...)
	said := &output{}
	server.Stdout, server.Stderr = said, said
	stop, err := server.StdinPipe() // never closed by us: the end of this process does it
	if err != nil {
		return "", err
	}
	if err := server.Start(); err != nil {
		return "", err
	}
	exited := make(chan error, 1)
	go func() { exited <- server.Wait() }()
	endpoint := "http://" + address
	if err := answers(endpoint, exited); err != nil {
		return "", errors.Join(err, stop.Close(), said.err())
	}
	return endpoint, nil
}

// answers waits until the endpoint speaks HTTP, whatever it says.
func answers(endpoint string, exited <-chan error) error {
	client := &http.Client{Timeout: time.Second}
	late := time.After(patience)
	for {
		if response, err := client.Get(endpoint); err == nil {
			return response.Body.Close()
		}
		select {
		case err := <-exited:
			return fmt.Errorf("it ended: %w", err)
		case <-late:
			return fmt.Errorf("it does not answer within %s", patience)
		case <-time.After(poll):
		}
	}
}

// freePort is an address of 127.0.0.1 that nobody listened on a moment ago, and its port.
func freePort() (address, port string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", "", err
	}
	address = l.Addr().String()
	_, port, _ = strings.Cut(address, ":")
	return address, port, l.Close()
}

// output keeps the beginning of what a server says, for the error of one that does not start.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

const outputLimit = 4 << 10 // bytes

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p[:min(len(p), outputLimit-o.text.Len())])
	return len(p), nil
}

func (o *output) err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return fmt.Errorf("it said: %s", o.text.String())
}
