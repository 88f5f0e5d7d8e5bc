package ffmpeg

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// memory is the bytes that this process and what it starts may take: the machine's, or less in a control group.
func memory() int64 {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0
	}
	groups, _ := os.ReadFile("/proc/self/cgroup") // none: no control groups
	return groupLimit("/sys/fs/cgroup", string(groups), int64(info.Totalram)*int64(info.Unit))
}

// groupLimit is the least of most and of the limits of the control groups that this process is in, and of those around them.
// groups is /proc/self/cgroup: lines of "0::/path" in version 2, of "4:memory:/path" in version 1. In a container
// the path may be one of the host's; its own group is the root then.
func groupLimit(root, groups string, most int64) int64 {
	for line := range strings.Lines(groups) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(part) < 3 {
			continue
		}
		folder, name := root, "memory.max"
		switch part[1] {
		case "":
		case "memory":
			folder, name = filepath.Join(root, "memory"), "memory.limit_in_bytes"
		default:
			continue
		}
		for path := filepath.Clean("/" + part[2]); ; path = filepath.Dir(path) {
			text, _ := os.ReadFile(filepath.Join(folder, path, name)) // absent in the root of version 2
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil {
				most = min(most, n)
			}
			if path == "/" {
				break
			}
		}
	}
	return most
}
