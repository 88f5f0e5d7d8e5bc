package link

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// KeyFile reads the signing key at path, or makes it: random bytes in a file that only its owner may read.
// Of several processes that start at once, all get the same key. Its folder must exist.
// A new key ends all links that were signed with the old one.
func KeyFile(path string) ([]byte, error) {
	key, err := read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := create(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the link key: %w", err)
	}
	return read(path) // ours, or that of who was faster
}

func read(path string) ([]byte, error) {
	key, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the link key: %w", err)
	}
	if len(key) != KeyBytes {
		return nil, fmt.Errorf("read the link key: %s has %d bytes instead of %d: restore it, or remove it to have a new one made"+
			" (links given out so far then end)", path, len(key), KeyBytes)
	}
	return key, nil
}

// create writes a whole key beside path and then gives it its name. A link, unlike a rename, never replaces a key
// that another process made meanwhile; and whatever stops us, path is a whole key or not there.
func create(path string) (err error) {
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // the name that counts is path
	var key [KeyBytes]byte
	rand.Read(key[:]) // documented never to fail
	_, err = file.Write(key[:])
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes a new name in dir outlive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
