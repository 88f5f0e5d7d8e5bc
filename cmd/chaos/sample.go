package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/cmd/chaos/history"
)

// historyEnd is the bytes of the history in which a server has said how many goroutines it has: it does so every 5 s.
const historyEnd = 1 << 20

// series is one thing that is sampled. growing says that it has to: it holds what was done.
type series struct {
	name   string
	unit   string
	values []float64
	least  float64 // a growth by less is none
	per    bool    // growing with the jobs is its nature: the figure is what a job leaves
}

func kindsOfSamples() []series {
	return []series{
		{name: "memory of the server (RSS)", unit: "MiB", least: 16},
		{name: "descriptors", least: 8},
		{name: "threads", least: 4},
		{name: "goroutines", least: 16},
		{name: "working folders", unit: "MiB", least: 8},
		{name: "database", unit: "MiB", per: true},
		{name: "kept files", unit: "MiB", per: true},
	}
}

// sample takes one value of each.
func (d *driver) sample(all []series) error {
	s := d.servers[0]
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid()))
	if err != nil {
		return err
	}
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.pid()))
	if err != nil {
		return err
	}
	goroutines, err := d.goroutines(s.pid())
	if err != nil {
		return err
	}
	const mib = 1 << 20
	values := []float64{
		statusField(status, "VmRSS:") / 1024, float64(len(descriptors)), statusField(status, "Threads:"), goroutines,
		size(filepath.Join(s.data, "work")) / mib, size(s.data, databaseFile) / mib, size(filepath.Join(s.data, bucketFolder)) / mib,
	}
	for i := range all {
		all[i].values = append(all[i].values, values[i])
	}
	return nil
}

// goroutines is what the server last said of itself in the history, of which only the end is read.
func (d *driver) goroutines(pid int) (n float64, err error) {
	f, err := os.Open(d.history)
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // only read
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	end := io.NewSectionReader(f, max(0, info.Size()-historyEnd), historyEnd)
	for lines := bufio.NewScanner(end); lines.Scan(); {
		var l history.Line
		if json.Unmarshal(lines.Bytes(), &l) == nil && l.Process == pid && l.Goroutines > 0 { // the first line may be cut
			n = float64(l.Goroutines)
		}
	}
	return n, nil
}

// statusField is a number of /proc/PID/status.
func statusField(status []byte, name string) float64 {
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == name {
			n, _ := strconv.ParseFloat(f[1], 64)
			return n
		}
	}
	return 0
}

// size is the bytes of all files under a folder whose names begin so.
func size(folder string, prefix ...string) (total float64) {
	_ = filepath.WalkDir(folder, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || len(prefix) > 0 && !strings.HasPrefix(e.Name(), prefix[0]) {
			return nil //nolint:nilerr // gone in the meantime
		}
		if info, err := e.Info(); err == nil {
			total += float64(info.Size())
		}
		return nil
	})
	return total
}
