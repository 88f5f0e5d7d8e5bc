package main

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

// Clients that wait at the same time.
const (
	fewWait  = 200
	manyWait = 500
)

// measureWaiting is what clients that wait cost a server: its memory, and the others' answers, which are compared with
// those of a second server that nobody waits at. The two take turns.
func measureWaiting(ctx context.Context, b *bench) ([]figure, error) {
	var few, many float64
	var alone, beside []float64
	err := b.serve(ctx, "", 0, func(quiet *client.Server) error {
		return b.serve(ctx, "", 0, func(s *client.Server) error {
			var waiting crowd
			defer waiting.leave()
			var err error
			if few, many, err = b.gather(ctx, s, &waiting); err != nil {
				return err
			}
			alone, beside, err = b.tails(ctx, quiet, s)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return []figure{
		{name: "memory for 200 clients that wait", value: few, unit: "MB", must: 20, aim: 10},
		{name: "memory for 500 clients that wait", value: many, unit: "MB"},
		{name: "get one job on /api, p99, 64 clients", value: median(alone), unit: "ms"},
		{name: "the same while 500 clients wait, p99", value: median(beside), unit: "ms"},
	}, nil
}

// gather makes the crowd, and gives in MB what the server holds for the first of them and for all.
func (b *bench) gather(ctx context.Context, s *client.Server, waiting *crowd) (few, many float64, err error) {
	idle, err := resident(ctx, s.PID())
	if err != nil {
		return 0, 0, err
	}
	if few, err = waiting.grow(ctx, b, s, fewWait); err != nil {
		return 0, 0, err
	}
	many, err = waiting.grow(ctx, b, s, manyWait)
	return few - idle, many - idle, err
}

// tails are the 99th percentiles of reading a job from either server, in milliseconds.
func (b *bench) tails(ctx context.Context, quiet, crowded *client.Server) (alone, beside []float64, err error) {
	first, err := b.getLoad(ctx, quiet)
	if err != nil {
		return nil, nil, err
	}
	second, err := b.getLoad(ctx, crowded)
	if err != nil {
		return nil, nil, err
	}
	for range rounds {
		a, err := first.run(ctx)
		if err != nil {
			return nil, nil, err
		}
		c, err := second.run(ctx)
		if err != nil {
			return nil, nil, err
		}
		alone, beside = append(alone, a.percentile(0.99)), append(beside, c.percentile(0.99))
	}
	return alone, beside, nil
}

// getLoad reads one job of the ffmpeg API over and over.
func (b *bench) getLoad(ctx context.Context, s *client.Server) (load, error) {
	j, err := b.client(s).CreateCommands(ctx, tone())
	if err != nil {
		return load{}, err
	}
	get, err := wire(http.MethodGet, s.URL+"/api/jobs/"+j.ID, b.key, "")
	return load{url: s.URL, request: always(get), want: http.StatusOK, clients: clients, count: maxLoad, atMost: loadFor}, err
}

// crowd is clients that wait for jobs which nobody runs.
type crowd []net.Conn

// grow adds clients until there are n, and gives the server's memory in MB once all of them wait.
func (c *crowd) grow(ctx context.Context, b *bench, s *client.Server, n int) (float64, error) {
	target, err := url.Parse(s.URL)
	if err != nil {
		return 0, err
	}
	const body = `{"input_files":{},"output_files":["o.wav"],"ffmpeg_commands":["-f lavfi -i sine=d=1 {{o.wav}}"]}`
	request, err := wire(http.MethodPost, s.URL+"/api/ffmpeg?wait=true", b.key, body)
	if err != nil {
		return 0, err
	}
	for len(*c) < n {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", target.Host)
		if err != nil {
			return 0, err
		}
		*c = append(*c, conn)
		if _, err := conn.Write(request); err != nil {
			return 0, err
		}
	}
	if err := b.waitForJobs(ctx, s, n); err != nil {
		return 0, err
	}
	return resident(ctx, s.PID())
}

// waitForJobs comes back when the table holds n jobs of the ffmpeg API.
func (b *bench) waitForJobs(ctx context.Context, s *client.Server, n int) error {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		var page struct{ PagingParams struct{ Total int } }
		if err := b.client(s).Call(ctx, http.MethodGet, "/api/jobs?limit=1", nil, &page); err != nil || page.PagingParams.Total == n {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *crowd) leave() {
	for _, conn := range *c {
		_ = conn.Close()
	}
}
