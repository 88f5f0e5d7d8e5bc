// Package sandbox runs ffmpeg and ffprobe, whose arguments and files come from strangers, so that they reach nothing
// but the folders that they were given: no other file, no network, no other process, and no more of the machine than
// their limits allow.
//
// A program that uses it calls Main first thing in its main function, and Config.Wrap on each command before it starts.
// Wrap turns the command into a second start of the same program, which gives up its rights and then executes ffmpeg.
// Four layers of the kernel do the work: no_new_privs and no capabilities, resource limits, Landlock for files and
// seccomp for system calls. They need Linux on amd64 or arm64; elsewhere only the environment is cleaned. Detect says
// what there is.
package sandbox

import (
	"errors"
	"os"
	"time"
)

// ErrUnavailable is what Wrap answers on a Linux whose kernel has no seccomp: strangers' commands should not run there.
var ErrUnavailable = errors.New("the kernel has no seccomp, without which there is no sandbox")

// ExitCode is what a sandbox ends with that could not be set up: the program did not run, and standard error says why
// without naming a path. ffmpeg and ffprobe do not end with it.
const ExitCode = 126

// Config is what one run may do.
type Config struct {
	Folder string   // absolute; everything beneath it may be read, written, made and removed. Empty: nothing may be written
	Read   []string // absolute files and folders that may be read too, beside fonts and the program's libraries. Absent ones are skipped
	Env    []string // "NAME=value", in addition to PATH, HOME and LANG: all that the program gets to see
	Limits Limits
}

// Limits bound what one run takes of the machine. Zero stands for the limit that the caller itself has.
type Limits struct {
	FileBytes   int64         // size of any one file; writing beyond fails with EFBIG (RLIMIT_FSIZE)
	MemoryBytes int64         // private writable memory, threads' stacks of 8 MiB included; allocating beyond fails (RLIMIT_DATA)
	CPU         time.Duration // processor time of all threads together, in whole seconds; SIGXCPU then, SIGKILL 5 s later (RLIMIT_CPU)
	Files       int           // open descriptors (RLIMIT_NOFILE)

	// Threads counts those of every process of the same user, and does not bind root (RLIMIT_NPROC). Making
	// processes is impossible anyway, and MemoryBytes bounds the threads.
	Threads int
}

// Report is what this system can do.
type Report struct {
	Landlock int  // ABI version, 0: none. From 3 on no file outside can be changed in any way; 4 adds TCP, 6 signals
	Seccomp  bool // system calls are on a list
}

// environment is all that a program sees of ours: credentials may stand in the worker's own. HOME does not exist and
// cannot be made, so that no preset, font or setting of the user's is found, nor one that an earlier command left.
func (c Config) environment() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=/nonexistent", "LANG=C.UTF-8"}
	return append(env, c.Env...)
}
