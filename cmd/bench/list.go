package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

const (
	fewJobs  = 100
	readings = 300 // requests of one round
)

// measureList compares a large table with a small one. Both servers run at once and take turns.
func measureList(ctx context.Context, b *bench) ([]figure, error) {
	var lists, gets []float64
	err := b.read(ctx, fewJobs, func(few reader) error {
		return b.read(ctx, manyJobs, func(many reader) error {
			for range rounds {
				list, err := ratio(ctx, few.list, many.list)
				if err != nil {
					return err
				}
				get, err := ratio(ctx, few.get, many.get)
				if err != nil {
					return err
				}
				lists, gets = append(lists, list), append(gets, get)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return []figure{
		{name: "list 20 jobs of 100,000 ÷ of 100", value: median(lists), must: 2, aim: 1.2},
		{name: "get a job of 100,000 ÷ of 100", value: median(gets), must: 2, aim: 1.2},
	}, nil
}

// ratio of the medians of two kinds of requests.
func ratio(ctx context.Context, few, many load) (float64, error) {
	small, err := few.run(ctx)
	if err != nil {
		return 0, err
	}
	large, err := many.run(ctx)
	if err != nil {
		return 0, err
	}
	return large.percentile(0.5) / small.percentile(0.5), nil
}

// reader holds the two loads of one client that reads from a server.
type reader struct{ list, get load }

// read runs a server that holds a number of jobs while do reads from it.
func (b *bench) read(ctx context.Context, jobs int, do func(reader) error) error {
	data, err := b.withJobs(ctx, jobs)
	if err != nil {
		return err
	}
	return b.serve(ctx, data, 0, func(s *client.Server) error {
		r, err := b.loads(ctx, s)
		if err != nil {
			return err
		}
		return do(r)
	})
}

// loads makes the requests: the first page, and each of the hundred newest jobs in turn.
func (b *bench) loads(ctx context.Context, s *client.Server) (reader, error) {
	list, err := wire(http.MethodGet, s.URL+"/v1/transcodes?limit=20", b.key, "")
	if err != nil {
		return reader{}, err
	}
	var page struct {
		Items []client.Job `json:"items"`
	}
	if err := b.client(s).Call(ctx, http.MethodGet, "/v1/transcodes?limit=100", nil, &page); err != nil {
		return reader{}, err
	}
	if len(page.Items) == 0 {
		return reader{}, errors.New("the list is empty")
	}
	gets := make([][]byte, len(page.Items))
	for i, j := range page.Items {
		if gets[i], err = wire(http.MethodGet, s.URL+"/v1/transcodes/"+j.ID, b.key, ""); err != nil {
			return reader{}, err
		}
	}
	one := load{url: s.URL, want: http.StatusOK, clients: 1, count: readings, atMost: loadFor}
	r := reader{list: one, get: one}
	r.list.request = always(list)
	r.get.request = func(i int) []byte { return gets[i%len(gets)] }
	return r, nil
}
