package localbucket_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkPut stores a file of size bytes over the socket: client and server in one process.
func BenchmarkPut(b *testing.B) {
	for _, size := range []int64{100 << 20, 1 << 30} {
		b.Run(fmt.Sprint(size>>20, "MiB"), func(b *testing.B) {
			f, err := os.Create(filepath.Join(b.TempDir(), "file"))
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = f.Close() }()
			if err := f.Truncate(size); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(size)
			for b.Loop() {
				if err := shared.store.Load().Put(b.Context(), "uploads/bench/put.mp4", f, "video/mp4"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
