package ffmpeg

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// edition is the number of a release of FFmpeg: major, minor, patch.
type edition [3]int

func (n edition) String() string { return fmt.Sprintf("%d.%d.%d", n[0], n[1], n[2]) }

// mended are the first releases of their branches without CVE-2026-8461, by which a file writes beyond a buffer of the
// MagicYUV decoder. Branches that are not listed got no such release, but for those after the last one, which began with it.
func mended() []edition {
	return []edition{{5, 1, 10}, {6, 1, 6}, {7, 1, 5}, {8, 0, 3}, {8, 1, 2}}
}

// oldestShipped is the oldest release that an image of ours may hold.
func oldestShipped() edition { return edition{7, 1, 5} }

var editionName = regexp.MustCompile(`^n?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?`) // "5.1.9-0+deb12u1", "n7.1", "8.0.1-3-gabcdef"

// editionOf reads a version as ffmpeg prints it. Builds from git have no release: "N-117000-gabcdef", "2024-05-13-git-37db0454e4".
func editionOf(version string) (n edition, ok bool) {
	m := editionName.FindStringSubmatch(version)
	if m == nil {
		return edition{}, false
	}
	for i, digits := range m[1:] {
		n[i], _ = strconv.Atoi(digits) // none is 0
	}
	return n, true
}

// Vulnerable is why this version should not be given strangers' files, nil where nothing is known against it. A build from
// git is one of which nothing is known: neither its date nor its libraries' versions tell which fixes are in it. Distributions
// mend releases without another number, so that an error is a suspicion; see Shippable for what is refused.
func (t Tools) Vulnerable() error {
	n, ok := editionOf(t.Version)
	if !ok {
		return fmt.Errorf("ffmpeg %s is no release, so that nobody can tell whether it has CVE-2026-8461, by which a file can take the program over; use FFmpeg %s", t.Version, choice())
	}
	branches := mended()
	if slices.Compare(n[:], branches[len(branches)-1][:]) >= 0 {
		return nil
	}
	for _, first := range branches {
		if n[0] == first[0] && n[1] == first[1] && n[2] >= first[2] {
			return nil
		}
	}
	return fmt.Errorf("ffmpeg %s may have CVE-2026-8461, by which a file can take the program over, unless your distribution has mended it; use FFmpeg %s", t.Version, choice())
}

// Shippable is why this version must not be in an image that runs strangers' files, nil where it may: it has to be a
// release that is not Vulnerable, of a branch that gets fixes (7.1.5 or newer).
func (t Tools) Shippable() error {
	if err := t.Vulnerable(); err != nil {
		return err
	}
	oldest := oldestShipped()
	if n, _ := editionOf(t.Version); slices.Compare(n[:], oldest[:]) < 0 {
		return fmt.Errorf("ffmpeg %s is of a branch that is not mended for long; use FFmpeg %s", t.Version, choice())
	}
	return nil
}

// choice names the releases to change to.
func choice() string {
	branches := mended()
	return fmt.Sprintf("%s, %s, %s or newer", branches[2], branches[3], branches[4])
}
