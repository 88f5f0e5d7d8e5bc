package ffmpegapi

import (
	"net/url"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/job"
)

func (r *Request) parseInputs(f fields) error {
	if !f.has("input_files") {
		return nil
	}
	list, ok := members(f["input_files"])
	if !ok || len(list) > maxInputs {
		return Invalid("input_files: must be an object of at most %d names and URLs", maxInputs)
	}
	for _, m := range list {
		if err := command.ValidName(m.name, false); err != nil {
			return Invalid("input_files: the name %.80q %v", m.name, err)
		}
		if r.hasInput(m.name) {
			return Invalid("input_files.%s: this name is there twice", m.name)
		}
		link, ok := text(m.raw)
		if !ok {
			return Invalid("input_files.%s: must be a string", m.name)
		}
		if err := checkInput("input_files."+m.name, link); err != nil {
			return err
		}
		r.Inputs = append(r.Inputs, job.Input{Name: m.name, URL: link})
	}
	return nil
}

func (r *Request) hasInput(name string) bool {
	return slices.ContainsFunc(r.Inputs, func(in job.Input) bool { return in.Name == name })
}

// checkInput refuses what can be seen to be no source: it never looks at the network. The URL is not repeated
// in the answer: its query may be a secret.
func checkInput(field, link string) error {
	if err := checkLength(field, link); err != nil {
		return err
	}
	if _, ok := job.ParseObject(link); (ok && !hasControl(link)) || isWeb(link) {
		return nil
	}
	return Invalid("%s: must be an http:// or https:// URL, or gs:// or s3:// with a bucket and a key", field)
}

func checkWebhook(field, link string) error {
	if err := checkLength(field, link); err != nil {
		return err
	}
	if !isWeb(link) {
		return Invalid("%s: must be an http:// or https:// URL", field)
	}
	return nil
}

func checkLength(field, link string) error {
	if len(link) > maxURL {
		return Invalid("%s: must be at most %d bytes long", field, maxURL)
	}
	return nil
}

func isWeb(link string) bool {
	u, err := url.Parse(link)
	return err == nil && !hasControl(link) && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}
