package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
)

// measureSize weighs the functions that are zips.
func measureSize(ctx context.Context, b *bench) ([]figure, error) {
	programs, err := b.compile(ctx, "arm64")
	if err != nil {
		return nil, err
	}
	must := map[string]float64{"status": 12, "download": 12}
	var all []figure
	for _, f := range functions() {
		if inImage(f) {
			continue
		}
		whole, packed, err := weigh(programs[f])
		if err != nil {
			return nil, err
		}
		limit := must[f]
		if limit == 0 {
			limit = 14
		}
		all = append(all, figure{
			name: fmt.Sprintf("`%s`, stripped arm64 program (%.1f MB as a zip)", f, packed), value: whole, unit: "MB", must: limit,
		})
	}
	return all, nil
}

// measureLayers weighs what a change of our code uploads of the image: the layers of its two programs.
func measureLayers(ctx context.Context, b *bench) ([]figure, error) {
	programs, err := b.compile(ctx, "arm64")
	if err != nil {
		return nil, err
	}
	var whole, packed float64
	for _, f := range functions() {
		if !inImage(f) {
			continue
		}
		w, p, err := weigh(programs[f])
		if err != nil {
			return nil, err
		}
		whole, packed = whole+w, packed+p
	}
	name := fmt.Sprintf("image layers that a code change uploads, gzip (%.1f MB of programs)", whole)
	return []figure{{name: name, value: packed, unit: "MB", must: 20}}, nil
}

// weigh gives a file's size, and its size deflated, in MB of 10⁶ bytes. A zip and a layer add some hundred bytes.
func weigh(path string) (whole, packed float64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	var n counter
	w := gzip.NewWriter(&n)
	size, err := io.Copy(w, f)
	if err != nil {
		return 0, 0, err
	}
	if err := w.Close(); err != nil {
		return 0, 0, err
	}
	return float64(size) / 1e6, float64(n) / 1e6, nil
}

// counter is a Writer that only counts.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
