package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fflambda/fflambda/cmd/internal/client"
)

// rounds is how often a measure is repeated; the median counts.
const rounds = 5

// bench is what the measures share.
type bench struct {
	binary string
	folder string // temporary, removed at the end
	key    string
	filled map[int]string // data folders by the number of jobs in them
}

func newBench(binary string) (*bench, error) {
	binary, err := filepath.Abs(binary)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("%s is not built: run `make bench`, or `make build` first", binary)
	}
	folder, err := os.MkdirTemp("", "fflambda-bench-")
	if err != nil {
		return nil, err
	}
	return &bench{binary: binary, folder: folder, key: rand.Text(), filled: map[int]string{}}, nil
}

func (b *bench) clean() { _ = os.RemoveAll(b.folder) }

func (b *bench) runAll(ctx context.Context, chosen []measure) ([]figure, error) {
	var all []figure
	for _, m := range chosen {
		start := time.Now()
		fmt.Printf("%-8s ", m.name)
		figures, err := m.run(ctx, b)
		if err != nil {
			fmt.Println()
			return nil, fmt.Errorf("%s: %w", m.name, err)
		}
		fmt.Printf("%4.0f s\n", time.Since(start).Seconds())
		for _, f := range figures {
			fmt.Printf("         %s: %s\n", f.name, f.format(f.value))
		}
		all = append(all, figures...)
	}
	return all, nil
}

// serve runs a server while do works with it, and stops it whatever do says. No data folder stands for a new, empty one.
func (b *bench) serve(ctx context.Context, data string, workers int, do func(*client.Server) error, settings ...string) error {
	if data == "" {
		var err error
		if data, err = os.MkdirTemp(b.folder, "data-"); err != nil {
			return err
		}
	}
	s, err := client.StartServer(ctx, client.ServerOptions{
		Binary: b.binary, Data: data, Owner: "bench", Key: b.key, Workers: workers,
		Env: append(settings, "FFLAMBDA_RATE_LIMIT=0", "FFLAMBDA_RATE_LIMIT_V1=0", "FFLAMBDA_MAX_QUEUED=0"),
	})
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Stop())
}

func (b *bench) client(s *client.Server) *client.Client { return client.New(s.URL, b.key) }

// withJobs is a data folder that holds n jobs, filled through the API by a server without workers.
func (b *bench) withJobs(ctx context.Context, n int) (string, error) {
	if data, ok := b.filled[n]; ok {
		return data, nil
	}
	data, err := os.MkdirTemp(b.folder, "jobs-")
	if err != nil {
		return "", err
	}
	if err := b.serve(ctx, data, 0, func(s *client.Server) error { return b.fill(ctx, s, n) }); err != nil {
		return "", fmt.Errorf("fill with %d jobs: %w", n, err)
	}
	b.filled[n] = data
	return data, nil
}

func (b *bench) fill(ctx context.Context, s *client.Server, n int) error {
	create, err := createRequest(s.URL, b.key)
	if err != nil {
		return err
	}
	l := load{url: s.URL, request: always(create), want: http.StatusCreated, clients: clients, count: n, atMost: fillWithin}
	if _, err := l.run(ctx); err != nil {
		return err
	}
	var page struct {
		Total int `json:"total"`
	}
	if err := b.client(s).Call(ctx, http.MethodGet, "/v1/transcodes?limit=1", nil, &page); err != nil {
		return err
	}
	if page.Total != n {
		return fmt.Errorf("the table holds %d jobs", page.Total)
	}
	return nil
}

// median of an odd number of values.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
