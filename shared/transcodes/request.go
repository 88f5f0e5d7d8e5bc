package transcodes

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Limits of a create request.
const (
	maxInputs   = 10
	maxMetadata = 8192     // bytes of JSON, as sent
	maxURL      = 8192     // bytes
	maxOptions  = 200      // in one list, and filters
	maxOverlays = 10       // each is a chain of filters of its own
	maxWord     = 64 << 10 // bytes of one option's argument, or of all filters together; Linux takes 128 KiB for one word
	formatNames = "mp4, webm, mov, avi, mkv, mp3, m4a, aac, wav, ogg, opus, flac, jpg, jpeg, png, gif, webp"
)

// Rules are the checks on a create request that are not this API's own.
type Rules struct {
	// Check judges an option and its argument (or, for a filter, "-filter_complex" and the filter) as the words of
	// a command line: command.Check. Its error says which word is refused and why, in words for the caller.
	Check func(words []string) error
}

// Request is a create request that holds everything it may hold.
// Whether gs:// and s3:// inputs are the caller's own is for the handler to decide: see ForeignBucket.
type Request struct {
	Inputs    []job.Input // Name, URL and Options
	Transcode job.Transcode
	Metadata  string // the caller's object, byte for byte; empty: none was sent
}

// ParseCreate reads the body of POST /v1/transcodes. Its errors are *Error.
func ParseCreate(body []byte, rules Rules) (Request, error) {
	if rules.Check == nil {
		return Request{}, Internal() // without rules nothing may pass
	}
	f, err := parseBody(body)
	if err != nil {
		return Request{}, err
	}
	var r Request
	for _, step := range []func(fields, Rules) error{
		r.parseInputs, r.parseFormat, r.parseOptions, r.parseFilters, r.parsePreset, r.parseMetadata, r.checkOverlays, r.checkFit,
	} {
		if err := step(f, rules); err != nil {
			return Request{}, err
		}
	}
	return r, nil
}

// Job is the job that the request asks for, still to be stored. One attempt may take timeout.
func (r Request) Job(id, owner string, now time.Time, timeout time.Duration) job.Job {
	at := job.Milli(now)
	work := r.Transcode
	return job.Job{
		ID: id, Owner: owner, API: job.Transcodes, State: job.Pending,
		CreatedAt: at, UpdatedAt: at,
		Inputs: slices.Clone(r.Inputs), Transcode: &work, Metadata: r.Metadata,
		Timeout: timeout,
	}
}

func (r *Request) parseInputs(f fields, rules Rules) error {
	list, ok := parseArray(f["inputs"])
	if !ok || len(list) == 0 || len(list) > maxInputs {
		return bad(`inputs must be an array of 1 to %d objects {"url": "…"}`, maxInputs)
	}
	for i, raw := range list {
		at := "inputs[" + strconv.Itoa(i) + "]"
		in, ok := parseObject(raw)
		if !ok {
			return bad(`%s must be an object {"url": "…"}`, at)
		}
		link, ok := parseText(in["url"])
		if !ok {
			return bad("%s.url is required and must be a string", at)
		}
		path, err := checkURL(at+".url", link)
		if err != nil {
			return err
		}
		options, err := optionList{field: at + ".options", where: inInput, rules: rules}.parse(in["options"])
		if err != nil {
			return err
		}
		r.Inputs = append(r.Inputs, job.Input{Name: inputName(i, path), URL: link, Options: options})
	}
	return nil
}

// checkURL refuses what can be seen to be no source: it never looks at the network. It returns the URL's decoded path.
func checkURL(field, link string) (path string, err error) {
	if len(link) > maxURL {
		return "", bad("%s must be at most %d bytes long", field, maxURL)
	}
	if strings.ContainsFunc(link, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return "", bad("%s must not contain control characters", field)
	}
	if o, ok := job.ParseObject(link); ok {
		return o.Key, nil
	}
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return "", bad("%s is not a valid URL", field)
	case u.Scheme == "gs" || u.Scheme == "s3":
		return "", bad("%s must name a bucket and a key: %s://bucket/key", field, u.Scheme)
	case u.Scheme != "http" && u.Scheme != "https":
		return "", bad("%s must start with gs://, s3://, http:// or https://", field)
	case u.Hostname() == "":
		return "", bad("%s has no host", field)
	}
	return u.Path, nil
}

func (r *Request) parseFormat(f fields, _ Rules) error {
	s, ok := parseText(f["outputFormat"])
	if !ok || s == "" {
		return bad("outputFormat is required. Use one of: %s", formatNames)
	}
	if !slices.Contains(strings.Split(formatNames, ", "), strings.ToLower(s)) {
		return bad("outputFormat %s is not supported. Use one of: %s", quote(s), formatNames)
	}
	r.Transcode.Format = s
	return nil
}

// parsePreset runs after parseOptions: options switch the preset off, and what is off cannot be wrong.
func (r *Request) parsePreset(f fields, _ Rules) error {
	if !f.has("preset") {
		return nil
	}
	quality, resolution, err := preset(f["preset"])
	if err != nil && len(r.Transcode.Options) > 0 {
		return nil
	}
	if err != nil {
		return err
	}
	r.Transcode.HasPreset, r.Transcode.Quality, r.Transcode.Resolution = true, quality, resolution
	return nil
}

func preset(raw json.RawMessage) (quality, resolution string, err error) {
	f, ok := parseObject(raw)
	if !ok {
		return "", "", bad(`preset must be an object {"quality": "…", "resolution": "…"}`)
	}
	if quality, err = choice(f, "quality", "high", "medium", "low"); err != nil {
		return "", "", err
	}
	resolution, err = choice(f, "resolution", "480p", "720p", "1080p", "4k")
	return quality, resolution, err
}

// choice reads a member of preset that may be left out or null.
func choice(f fields, name string, allowed ...string) (string, error) {
	if !f.has(name) {
		return "", nil
	}
	s, ok := parseText(f[name])
	if !ok || !slices.Contains(allowed, s) {
		return "", bad("preset.%s must be one of: %s", name, strings.Join(allowed, ", "))
	}
	return s, nil
}

func (r *Request) parseMetadata(f fields, _ Rules) error {
	if !f.has("metadata") {
		return nil
	}
	raw := f["metadata"]
	if kind(raw) != '{' {
		return bad("metadata must be a JSON object")
	}
	if len(raw) > maxMetadata {
		return bad("metadata must be at most %d bytes as JSON; it is %d", maxMetadata, len(raw))
	}
	r.Metadata = string(raw)
	return nil
}
