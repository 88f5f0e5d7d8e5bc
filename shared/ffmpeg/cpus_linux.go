package ffmpeg

import "golang.org/x/sys/unix"

// limitCPUs lets the calling thread, and what it starts, run on n of the processors that it may run on now. ffmpeg and
// its encoders count those to choose how many threads they make. The returned function takes the limit back.
func limitCPUs(n int) (restore func(), err error) {
	var all, few unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return nil, err
	}
	if n <= 0 || n >= all.Count() {
		return func() {}, nil
	}
	for i := 0; few.Count() < n; i++ {
		if all.IsSet(i) {
			few.Set(i)
		}
	}
	if err := unix.SchedSetaffinity(0, &few); err != nil {
		return nil, err
	}
	return func() { _ = unix.SchedSetaffinity(0, &all) }, nil
}
