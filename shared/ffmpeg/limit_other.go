//go:build !linux

package ffmpeg

// memory is not asked for where there is no sandbox, which alone could hold a limit.
func memory() int64 { return 0 }
