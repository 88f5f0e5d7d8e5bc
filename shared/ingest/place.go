package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

const (
	recipeFile   = "recipe.json"
	reportSuffix = ".job.json"
)

// Lengths in bytes. An S3 key has at most 1024, and a folder's path, a name of the input and one of an output make up
// the longest key of the outbox. Where the bucket is a folder on a disk, a name has at most 255, and the local S3 adds
// 28 to it for a moment when it replaces a file.
const (
	maxFolder = 500
	maxFile   = 220
)

// place is where an object lies in the inbox, and so where its results go in the outbox.
type place struct {
	owner  string
	folder string // under both prefixes, with its slash: "al/in/"
	file   string
}

// placeOf takes a key of the inbox apart. Its error says why no job is made of the object.
func placeOf(key string) (place, error) {
	rest, ok := strings.CutPrefix(key, job.InboxPrefix)
	if !ok {
		return place{}, errors.New("not in the inbox")
	}
	owner, _, ok := strings.Cut(rest, "/")
	if !ok || !job.IsOwner(owner) {
		return place{}, errors.New("not in the folder of an owner")
	}
	cut := strings.LastIndexByte(rest, '/') + 1
	p := place{owner: owner, folder: rest[:cut], file: rest[cut:]}
	switch {
	case p.file == "":
		return place{}, errors.New("a folder's marker")
	case p.file == recipeFile || strings.HasSuffix(p.file, reportSuffix):
		return place{}, errors.New("a recipe or a report")
	case p.file[0] == '.':
		return place{}, errors.New("its name begins with a dot")
	case len(p.folder) > maxFolder:
		return place{}, errors.New("its folder's path is too long to have one in the outbox")
	}
	for part := range strings.SplitSeq(p.folder, "/") {
		if part == "." || part == ".." {
			return place{}, errors.New("its folder's path is not plain")
		}
	}
	return p, nil
}

// key is the object's own.
func (p place) key() string { return job.InboxPrefix + p.folder + p.file }

func (p place) recipeKey() string { return job.InboxPrefix + p.folder + recipeFile }

// reportKey has the object's whole name, so that a.mov and a.jpg have reports of their own.
func (p place) reportKey() string { return job.OutboxPrefix + p.folder + fit(p.file, reportSuffix) }

// outputKeys are where j's outputs go. A job with one output of a fixed name has it under the input's name, with the
// output's extension: two inputs of a folder that differ in the extension only share it, and the later job's stays.
// Several outputs, and those of a pattern, keep their names, in a folder that has the input's.
func (p place) outputKeys(j job.Job) []string {
	stem, _ := split(p.file)
	keys := make([]string, len(j.Outputs))
	for i, o := range j.Outputs {
		if isSingle(j) {
			_, extension := split(o.Name)
			keys[i] = job.OutboxPrefix + p.folder + fit(stem, extension)
		} else {
			keys[i] = job.OutboxPrefix + p.folder + fit(stem, "") + "/" + o.Name
		}
	}
	return keys
}

func isSingle(j job.Job) bool {
	if j.Commands == nil {
		return true // the transcodes API makes one output
	}
	declared := j.Commands.Outputs
	return len(j.Outputs) == 1 && len(declared) == 1 && command.ValidName(declared[0], false) == nil
}

// split cuts the extension off a name: at most ten letters and digits after the last dot, with a letter among them.
// "Talk 2026.05.01" has none.
func split(name string) (stem, extension string) {
	const longest = 10
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || len(name)-dot-1 > longest {
		return name, ""
	}
	word := strings.ToLower(name[dot+1:])
	const letters, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
	if strings.Trim(word, letters+digits) != "" || !strings.ContainsAny(word, letters) {
		return name, ""
	}
	return name[:dot], name[dot:]
}

// fit is name and suffix together, cut to maxFile. What is cut is kept apart from its like by a piece of its hash.
func fit(name, suffix string) string {
	if len(name)+len(suffix) <= maxFile {
		return name + suffix
	}
	sum := sha256.Sum256([]byte(name))
	mark := "~" + hex.EncodeToString(sum[:4])
	room := maxFile - len(mark) - len(suffix)
	return strings.TrimSuffix(job.Clip(name, room), "…") + mark + suffix
}
