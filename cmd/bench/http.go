package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httputil"
	"strings"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

// createBody is a job whose input nobody fetches, because no worker runs.
const createBody = `{"inputs":[{"url":"https://example.com/in.mp4"}],"outputFormat":"mp4","preset":{"quality":"medium","resolution":"720p"}}`

func createRequest(serverURL, key string) ([]byte, error) {
	return wire(http.MethodPost, serverURL+"/v1/transcodes", key, createBody)
}

// wire is a request as it goes over the connection.
func wire(method, url, key, body string) ([]byte, error) {
	var payload io.Reader // stays nil, so that a GET has no body at all
	if body != "" {
		payload = strings.NewReader(body)
	}
	//nolint:noctx // never sent by an http.Client: only its bytes are taken
	req, err := http.NewRequest(method, url, payload)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	head, err := httputil.DumpRequestOut(req, true)
	if err != nil {
		return nil, err
	}
	// Go would offer gzip here; the load does not unpack.
	return bytes.Replace(head, []byte("Accept-Encoding: gzip\r\n"), nil, 1), nil
}

// measureCreate finds how many creates a second are answered, each of them durable.
func measureCreate(ctx context.Context, b *bench) ([]figure, error) {
	perSecond, p99, err := b.hammer(ctx, http.StatusCreated, func(s *client.Server) ([]byte, error) {
		return createRequest(s.URL, b.key)
	})
	return []figure{
		{name: "create, requests a second, 64 clients", value: perSecond, unit: "/s", must: 2000, aim: 5000, atLeast: true},
		{name: "create, p99, 64 clients", value: p99, unit: "ms", must: 50, aim: 25},
	}, err
}

// measureGet reads one job over and over.
func measureGet(ctx context.Context, b *bench) ([]figure, error) {
	perSecond, p99, err := b.hammer(ctx, http.StatusOK, func(s *client.Server) ([]byte, error) {
		j, err := b.client(s).CreateTranscode(ctx, client.Transcode{
			Inputs: []client.Input{{URL: "https://example.com/in.mp4"}}, OutputFormat: "mp4",
		})
		if err != nil {
			return nil, err
		}
		return wire(http.MethodGet, s.URL+"/v1/transcodes/"+j.ID, b.key, "")
	})
	return []figure{
		{name: "get one job, requests a second, 64 clients", value: perSecond, unit: "/s", aim: 10_000, atLeast: true},
		{name: "get one job, p99, 64 clients", value: p99, unit: "ms"},
	}, err
}

// hammer loads an empty server without workers with one request for five rounds, and gives the medians.
func (b *bench) hammer(ctx context.Context, want int, prepare func(*client.Server) ([]byte, error)) (perSecond, p99 float64, err error) {
	var rates, tails []float64
	err = b.serve(ctx, "", 0, func(s *client.Server) error {
		request, err := prepare(s)
		if err != nil {
			return err
		}
		for range rounds {
			l := load{url: s.URL, request: always(request), want: want, clients: clients, count: maxLoad, atMost: loadFor}
			t, err := l.run(ctx)
			if err != nil {
				return err
			}
			rates, tails = append(rates, t.perSecond()), append(tails, t.percentile(0.99))
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	return median(rates), median(tails), nil
}
