package ffmpeg

import (
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/sandbox"
)

const (
	mostFiles   = 20_000           // in a job's folder: a disk has no more inodes than it was made with
	openFiles   = 1024             // of one run, at the same time
	probeMemory = 2 << 30          // bytes; a picture of maxPixels has up to 400 MB
	probeCPU    = 2 * probeLimit   // ends a probe that outlives its worker
	leastShare  = int64(1 << 30)   // bytes; see MemoryShare
	lookEvery   = time.Second / 4  // at the folder
	lookShare   = 20               // of the time, at most a 20th goes into looking
	keptFree    = int64(256 << 20) // bytes of the disk that no job may fill, but no more than a 20th of the disk
)

// MemoryShare is what each of so many runs at a time may take of the memory, in bytes: of the machine's, or of what a
// container or a service unit may have. It is at least 1 GiB or all there is, for runs are seldom at their largest together.
// 0: it is not known.
func MemoryShare(runs int) int64 {
	all := memory()
	return max(all/int64(max(runs, 1)), min(all, leastShare))
}

// limits are those of a run that the kernel holds; in the sandbox only.
func (t Tools) limits(task Task) sandbox.Limits {
	l := sandbox.Limits{MemoryBytes: t.MemoryBytes, CPU: wholeSeconds(task.CPU), Files: openFiles}
	if task.MaxBytes > 0 {
		l.FileBytes = task.MaxBytes + 1 // a file that was cut off there is over MaxBytes, also where ffmpeg does not mind
	}
	return l
}

func (t Tools) probeLimits() sandbox.Limits {
	l := sandbox.Limits{FileBytes: 1, MemoryBytes: probeMemory, CPU: probeCPU, Files: openFiles}
	if t.MemoryBytes > 0 {
		l.MemoryBytes = min(l.MemoryBytes, t.MemoryBytes)
	}
	return l
}

// wholeSeconds rounds up: the kernel counts no less, and none would be no limit.
func wholeSeconds(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return (d + time.Second - 1).Truncate(time.Second)
}

// holding is what a folder holds.
type holding struct {
	bytes int64
	files int // and folders
}

// measure counts what lies in dir, up to one file more than most. What vanishes meanwhile counts as nothing.
func measure(dir string, most int) (h holding) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return nil //nolint:nilerr // see above
		}
		if h.files++; h.files > most {
			return filepath.SkipAll
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			h.bytes += info.Size()
		}
		return nil
	})
	return h
}

// over fails a run whose folder holds more than it may.
func (t Task) over() error {
	most := orDefault(t.MaxFiles, mostFiles)
	held := measure(t.Dir, most+t.GivenFiles)
	switch {
	case held.files > most+t.GivenFiles:
		return job.Failf(job.OutputTooLarge, "The job made more than %d files, the limit of one job. Make fewer: longer segments, fewer pictures a second.", most)
	case t.MaxBytes > 0 && held.bytes > t.MaxBytes+t.GivenBytes:
		return t.tooLarge()
	}
	return nil
}

func (t Task) tooLarge() *job.Failure {
	return job.Failf(job.OutputTooLarge, "The job wrote more than %d MB, the limit of one job. Make the output shorter, smaller or of lower quality.", t.MaxBytes/1e6)
}

func fullDisk() *job.Failure { return job.Failf(job.Internal, "The worker's disk is full.").Again() }

// enough reports whether a disk of so many bytes has room for more than what is kept free of it.
func enough(free, size int64) bool { return free > min(keptFree, size/20) }
