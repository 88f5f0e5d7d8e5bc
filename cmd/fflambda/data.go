package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// What lies in the data folder.
func databasePath(data string) string   { return filepath.Join(data, "fflambda.db") }
func filesPath(data string) string      { return filepath.Join(data, "files") }       // the bucket's folder
func workPath(data string) string       { return filepath.Join(data, "work") }        // working folders of running jobs
func s3KeyPath(data string) string      { return filepath.Join(data, "s3.key") }      // of our own S3, 0600
func webhookKeyPath(data string) string { return filepath.Join(data, "webhook.key") } // behind the webhooks' signatures, 0600
func linkKeyPath(data string) string    { return filepath.Join(data, "link.key") }    // that sign download links, one or two, 0600

// makeData makes the data folder, readable by its owner only, or says why it cannot be used.
func makeData(data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("the data folder cannot be made: %w. Choose another with --data", err)
	}
	probe, err := os.CreateTemp(data, ".writable-*")
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("the data folder %s cannot be written by this user. Change its owner, or choose another with --data", data)
	}
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written: %w", data, err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// lockData makes this process the only server on the folder, until it ends.
func lockData(data string) (*flock.Flock, error) {
	l := flock.New(filepath.Join(data, "lock"))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", data, err)
	}
	if !ok {
		return nil, fmt.Errorf("another fflambda serves the folder %s. Stop it, or choose another folder with --data", data)
	}
	return l, nil
}
