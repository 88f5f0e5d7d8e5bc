package link

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// KeyFile reads the key at path, or makes it: random bytes in a file that only its owner may read. After RotateFile it
// is two keys, one behind the other, as Split takes them.
// Of several processes that start at once, all get the same key. Its folder must exist.
// Without the file a new key is made, and what was signed with the old one no longer counts.
func KeyFile(path string) ([]byte, error) {
	key, err := read(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if err := create(path, newKey(), os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the key file: %w", err)
	}
	return read(path) // ours, or that of who was faster
}

// RotateFile puts a new key in front of the one that signed until now, which still verifies; the one before it no
// longer does. Who asks KeyFile for every link needs no restart: the file is replaced as a whole.
func RotateFile(path string) error {
	held, err := KeyFile(path)
	if err != nil {
		return err
	}
	if held, err = Announce(held); err != nil {
		return err
	}
	if held, err = Turn(held); err != nil {
		return err
	}
	if err := create(path, held, os.Rename); err != nil {
		return fmt.Errorf("replace the key file: %w", err)
	}
	return nil
}

func read(path string) ([]byte, error) {
	held, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	if _, err := Split(held); err != nil {
		return nil, fmt.Errorf("read the key file %s: %w: restore it, or remove it to have a new key made"+
			" (what was signed with the old one then no longer counts)", path, err)
	}
	return held, nil
}

// create writes whole keys beside path and then gives them its name. os.Link, unlike os.Rename, never replaces a key
// that another process made meanwhile; and whatever stops us, path is whole or not there.
func create(path string, held []byte, name func(from, to string) error) (err error) {
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) //nolint:errcheck // the name that counts is path
	_, err = file.Write(held)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := name(file.Name(), path); err != nil {
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
