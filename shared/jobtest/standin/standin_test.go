package standin

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestMoto(t *testing.T) {
	t.Parallel()
	first, second := Moto(t), Moto(t)
	wantAnswer(t, first)
	if first != second {
		t.Errorf("moto was started twice: %s and %s", first, second)
	}
}

func TestDynamoDB(t *testing.T) {
	t.Parallel()
	endpoint := DynamoDB(t)
	wantAnswer(t, endpoint)
	_, port, _ := strings.Cut(strings.TrimPrefix(endpoint, "http://"), ":")
	for _, address := range otherAddresses(t) {
		if c, err := net.DialTimeout("tcp", net.JoinHostPort(address, port), time.Second); err == nil {
			t.Errorf("DynamoDB Local can be reached at %s", address)
			c.Close()
		}
	}
}

// TestKilled kills a test binary that has a stand-in: the stand-in goes with it.
func TestKilled(t *testing.T) {
	t.Parallel()
	Moto(t) // skips where there is none
	child := exec.Command(os.Args[0], "-test.run=^TestChild$")
	child.Env = append(os.Environ(), "STANDIN_TEST_CHILD=1")
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	endpoint, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimSpace(strings.TrimPrefix(endpoint, "http://"))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	if err := c.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	// The server closes an open connection only when it ends.
	if _, err := io.Copy(io.Discard, c); os.IsTimeout(err) {
		t.Error("moto outlived the test binary that started it")
	}
}

// TestChild is the test binary of TestKilled.
func TestChild(t *testing.T) {
	if os.Getenv("STANDIN_TEST_CHILD") == "" {
		t.Skip("it is part of TestKilled")
	}
	if _, err := io.WriteString(os.Stdout, Moto(t)+"\n"); err != nil {
		t.Fatal(err)
	}
	select {}
}

func wantAnswer(t *testing.T, endpoint string) {
	t.Helper()
	response, err := http.Get(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
}

// otherAddresses are those of this machine that are not 127.0.0.1.
func otherAddresses(t *testing.T) []string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for _, a := range all {
		if ip, ok := a.(*net.IPNet); ok && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast() {
			addresses = append(addresses, ip.IP.String())
		}
	}
	return addresses
}
