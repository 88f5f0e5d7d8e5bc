//go:build !linux

package ffmpeg

// limitCPUs is for Lambda, which is Linux.
func limitCPUs(int) (restore func(), err error) { return func() {}, nil }
