package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

func address(raw string) (string, error) {
	_, port, err := net.SplitHostPort(raw)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil {
		return "", errors.New("wants host:port, such as 127.0.0.1:8080 or [::1]:8080")
	}
	return raw, nil
}

// path is made absolute at once: a part of the program changes its working directory later.
func path(raw string) (string, error) {
	if raw == "" {
		return "", errors.New("wants a folder")
	}
	return filepath.Abs(raw)
}

// program is a name in PATH, or a path.
func program(raw string) (string, error) {
	if raw == "" {
		return "", errors.New("wants the path of ffmpeg")
	}
	if !strings.ContainsRune(raw, filepath.Separator) {
		return raw, nil
	}
	return filepath.Abs(raw)
}

func publicURL(raw string) (string, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil ||
		u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#") {
		return "", errors.New("wants http:// or https:// and a host, perhaps with a port")
	}
	return u.Scheme + "://" + u.Host + strings.TrimRight(u.EscapedPath(), "/"), nil
}

// mostJobs is the highest limit of jobs that can be set.
const mostJobs = 100_000_000

func whole(raw string, least, most int) (int, error) {
	n, err := strconv.Atoi(raw)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("wants a whole number from %d to %d", least, most)
	}
	return n, nil
}

func rate(raw string) (float64, error) {
	n, err := strconv.ParseFloat(raw, 64)
	if err != nil || !(n >= 0) || math.IsInf(n, 0) { // the odd form also refuses NaN
		return 0, errors.New("wants a number of requests a second, such as 10 or 0.5; 0 is off")
	}
	return n, nil
}

// duration is Go's form, and days.
func duration(raw string) (time.Duration, error) {
	const day, mostDays = 24 * time.Hour, 36500
	wants := errors.New("wants a time above zero, such as 90s, 30m, 6h or 30d, of 100 years at most")
	d, err := time.ParseDuration(raw)
	if days, ok := strings.CutSuffix(raw, "d"); ok {
		var n int
		n, err = whole(days, 1, mostDays)
		d = time.Duration(n) * day
	}
	if err != nil || d <= 0 || d > mostDays*day {
		return 0, wants
	}
	return d, nil
}

// size is a number of bytes, or one with a decimal (kB, MB, …) or binary (KiB, MiB, …) unit.
func size(raw string) (int64, error) {
	digits := len(raw) - len(strings.TrimLeft(raw, "0123456789."))
	n, err := strconv.ParseFloat(raw[:digits], 64)
	unit, ok := map[string]float64{
		"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
	}[strings.ToLower(strings.TrimSpace(raw[digits:]))]
	if n *= unit; err != nil || !ok || n < 1 || n > 1<<50 {
		return 0, errors.New("wants a size from 1 byte to 1024TiB, such as 1048576, 500MB or 2GiB")
	}
	return int64(n), nil
}

// prefixes reads ranges and single addresses.
func prefixes(raw string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for text := range strings.SplitSeq(raw, ",") {
		text = strings.TrimSpace(text)
		prefix, err := netip.ParsePrefix(text)
		if addr, bad := netip.ParseAddr(text); bad == nil {
			prefix, err = addr.Unmap().WithZone("").Prefix(addr.Unmap().BitLen())
		}
		if err != nil || prefix.Addr().Is4In6() || strings.Contains(text, "%") {
			return nil, errors.New("wants ranges or addresses with commas between them, such as 10.0.0.0/8,192.168.1.7,fd00::/8")
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

// apiKeys never tells in an error what it read: with a colon left out, the key stands where the owner should.
func apiKeys(raw string) ([]Key, error) {
	const wants = "wants owner:key pairs with commas between them; "
	var keys []Key
	seen := map[string]string{}
	for entry := range strings.SplitSeq(raw, ",") {
		owner, secret, _ := strings.Cut(strings.TrimSpace(entry), ":")
		at := len(keys) + 1
		switch {
		case !job.IsOwner(owner):
			return nil, fmt.Errorf(wants+"the owner of pair %d is not 1 to 64 letters, digits, - or _", at)
		case secret == "" || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }):
			return nil, fmt.Errorf(wants+"the key of pair %d is empty, or not ASCII letters, digits and signs without spaces", at)
		case seen[secret] != "" && seen[secret] != owner:
			return nil, fmt.Errorf(wants+"the key of pair %d has another owner already", at)
		}
		seen[secret] = owner
		keys = append(keys, Key{Owner: owner, Secret: Secret(secret)})
	}
	return keys, nil
}

func oneOf(raw string, words ...string) (string, error) {
	if !slices.Contains(words, raw) {
		return "", errors.New("wants " + strings.Join(words, " or "))
	}
	return raw, nil
}

func level(raw string) (l slog.Level, err error) {
	word, err := oneOf(raw, "debug", "info", "warn", "error")
	if err != nil {
		return 0, err
	}
	err = l.UnmarshalText([]byte(word))
	return l, err
}

// object is a JSON object.
func object(raw string) (string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(raw), &fields); err != nil || fields == nil {
		return "", errors.New(`wants a JSON object, such as {"outputFormat":"mp4"}`)
	}
	return raw, nil
}

// awsName is a name or an address of something in AWS, which knows best what it may look like.
func awsName(raw string, isURL bool) (string, error) {
	switch {
	case isURL && !strings.HasPrefix(raw, "https://") && !strings.HasPrefix(raw, "http://"):
		return "", errors.New("wants the queue's URL, which begins with https://")
	case raw == "" || strings.ContainsAny(raw, " \t\n"):
		return "", errors.New("wants a name, without blanks")
	}
	return raw, nil
}
