//go:build !linux

package sandbox

// Volunteer does nothing here.
func Volunteer(string) {}
