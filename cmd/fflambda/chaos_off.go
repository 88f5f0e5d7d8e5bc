//go:build !chaos

package main

// disturb does nothing: only the program that `make chaos` builds, with the tag chaos, puts faults before its stores.
func (h *home) disturb() error { return nil }
