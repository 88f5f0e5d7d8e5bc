//go:build unix

package ffmpeg

import "golang.org/x/sys/unix"

// diskFull reports whether the disk of dir has only what is kept free of it. What cannot be told is no reason to stop.
func diskFull(dir string) bool {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return false
	}
	block := int64(stat.Bsize)                                         //nolint:unconvert // its type is the system's
	return !enough(int64(stat.Bavail)*block, int64(stat.Blocks)*block) //nolint:unconvert // the same
}
