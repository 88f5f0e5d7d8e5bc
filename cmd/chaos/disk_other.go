//go:build !linux

package main

import (
	"errors"
	"syscall"
)

func mountDisk(string, int64) error { return errors.ErrUnsupported }

func unmountDisk(string) error { return nil }

func withUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
