package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	clients    = 64              // connections that a load keeps open
	loadFor    = 5 * time.Second // one round
	fillWithin = 5 * time.Minute
	maxLoad    = 1_000_000 // requests of one round, whatever happens
)

// load sends requests over keep-alive connections, one at a time on each. It writes ready-made bytes to plain
// connections, because net/http's client would cost as much of the shared cores as the server.
// It ends after count requests or atMost, whichever is first.
type load struct {
	url     string
	request func(i int) []byte // the i-th request, whole
	want    int                // the status that every answer must have
	clients int
	count   int
	atMost  time.Duration
}

// taken is what a load measured.
type taken struct {
	elapsed   time.Duration
	latencies []time.Duration // sorted
}

func (t taken) perSecond() float64 { return float64(len(t.latencies)) / t.elapsed.Seconds() }

// percentile gives milliseconds; p is 0..1.
func (t taken) percentile(p float64) float64 {
	i := min(int(float64(len(t.latencies))*p), len(t.latencies)-1)
	return float64(t.latencies[i]) / float64(time.Millisecond)
}

func (l load) run(ctx context.Context) (taken, error) {
	target, err := url.Parse(l.url)
	if err != nil {
		return taken{}, err
	}
	var sent atomic.Int64
	each := make([][]time.Duration, l.clients)
	group, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	for c := range l.clients {
		group.Go(func() error {
			latencies, err := l.one(ctx, target.Host, start.Add(l.atMost), &sent)
			each[c] = latencies
			return err
		})
	}
	err = group.Wait()
	t := taken{elapsed: time.Since(start), latencies: slices.Concat(each...)}
	if err == nil && len(t.latencies) == 0 {
		err = errors.New("no request was answered")
	}
	slices.Sort(t.latencies)
	return t, err
}

// one is a single client: it sends its next request when the last was answered.
func (l load) one(ctx context.Context, host string, until time.Time, sent *atomic.Int64) ([]time.Duration, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	defer conn.Close() //nolint:errcheck // nothing is lost with it
	answers := bufio.NewReader(conn)
	var latencies []time.Duration
	for ctx.Err() == nil && time.Now().Before(until) {
		i := int(sent.Add(1)) - 1
		if i >= l.count {
			break
		}
		start := time.Now()
		if err := conn.SetDeadline(start.Add(10 * time.Second)); err != nil {
			return nil, err
		}
		if _, err := conn.Write(l.request(i)); err != nil {
			return nil, err
		}
		if err := answered(answers, l.want); err != nil {
			return nil, err
		}
		latencies = append(latencies, time.Since(start))
	}
	return latencies, ctx.Err()
}

// answered reads one answer to its end.
func answered(r *bufio.Reader, want int) error {
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to the end
	if res.StatusCode != want {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 500))
		return fmt.Errorf("%s: %s", res.Status, text)
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err
}

// always is a load of the same request.
func always(request []byte) func(int) []byte {
	return func(int) []byte { return request }
}
