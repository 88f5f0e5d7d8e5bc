//go:build !linux || (!amd64 && !arm64)

package sandbox

import "os/exec"

// Main does nothing here: without the kernel's layers there is no second start.
func Main() {}

// Detect finds nothing: this package knows the kernel layers of Linux on amd64 and arm64 only.
func Detect() Report { return Report{} }

// String says so for logs and records.
func (Report) String() string { return "no kernel sandbox on this system" }

// Wrap gives cmd an environment of its own. Folder, Read and Limits have no effect.
func (c Config) Wrap(cmd *exec.Cmd) error {
	cmd.Env = c.environment()
	return nil
}

// Undumpable does nothing here.
func Undumpable() error { return nil }
