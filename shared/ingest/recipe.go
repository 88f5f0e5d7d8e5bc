package ingest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/fflambda/fflambda/shared/command"
	"github.com/fflambda/fflambda/shared/ffmpegapi"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// refusal says why no job can be made with a recipe, in words for whoever wrote it.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

func refusef(format string, args ...any) *refusal { return &refusal{fmt.Sprintf(format, args...)} }

// recipe is a create request without its inputs.
type recipe struct {
	name    string // for texts
	text    []byte // a JSON object
	members map[string]json.RawMessage
}

// recipe reads the one of the folder, or takes the default. Its error is a *refusal where the recipe is wrong.
func (in *Inbox) recipe(ctx context.Context, p place) (recipe, error) {
	body, info, err := in.c.Bucket.Get(ctx, p.recipeKey())
	if errors.Is(err, job.ErrNoObject) {
		return parseRecipe("the default recipe", []byte(in.c.Recipe))
	}
	if err != nil {
		return recipe{}, fmt.Errorf("read the recipe: %w", err)
	}
	defer body.Close() //nolint:errcheck // only read from
	if info.Bytes > maxRecipe {
		return recipe{}, refusef("%s has %d bytes, at most %d are read", recipeFile, info.Bytes, maxRecipe)
	}
	text, err := io.ReadAll(io.LimitReader(body, maxRecipe))
	if err != nil {
		return recipe{}, fmt.Errorf("read %s: %w", p.recipeKey(), err)
	}
	return parseRecipe(recipeFile, text)
}

func parseRecipe(name string, text []byte) (recipe, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))) // some editors put a mark before UTF-8
	r := recipe{name: name, text: text}
	if !bytes.HasPrefix(text, []byte("{")) {
		return recipe{}, refusef("%s is not a JSON object", name)
	}
	if err := json.Unmarshal(text, &r.members); err != nil {
		return recipe{}, refusef("%s is not valid JSON: %v", name, err)
	}
	for _, member := range []string{"inputs", "input_files"} {
		if _, ok := r.members[member]; ok {
			return recipe{}, refusef("%s: leave %s out, the object is the input", name, member)
		}
	}
	return r, nil
}

// job is the job that the recipe makes of the object at p, as the façade would have made it of a request.
func (r recipe) job(id string, p place, c Config) (job.Job, error) {
	url := "s3://" + c.Bucket.Name() + "/" + p.key()
	build := r.transcode
	if r.has("ffmpeg_command") || r.has("ffmpeg_commands") {
		build = r.commands
	}
	j, err := build(id, p, url, c.Now(), c.Timeout)
	if err != nil {
		return job.Job{}, r.refused(err)
	}
	return j, nil
}

func (r recipe) has(member string) bool {
	raw, ok := r.members[member]
	return ok && string(raw) != "null"
}

// transcode puts the input into the text before all else: the caller's metadata is kept byte for byte.
func (r recipe) transcode(id string, p place, url string, now time.Time, timeout time.Duration) (job.Job, error) {
	inputs, err := json.Marshal([]map[string]string{{"url": url}})
	if err != nil {
		return job.Job{}, err
	}
	body := slices.Concat([]byte(`{"inputs":`), inputs, []byte(`,`), r.text[1:])
	if len(r.members) == 0 {
		body = slices.Concat([]byte(`{"inputs":`), inputs, []byte(`}`))
	}
	request, err := transcodes.ParseCreate(body, transcodes.Rules{Check: command.Check})
	if err != nil {
		return job.Job{}, err
	}
	return request.Job(id, p.owner, now, timeout), nil
}

func (r recipe) commands(id string, p place, url string, now time.Time, timeout time.Duration) (job.Job, error) {
	name := r.inputName(p.file)
	members := map[string]any{"input_files": map[string]string{name: url}}
	for member, raw := range r.members {
		members[member] = raw
	}
	if line, ok := decode[string](r.members["ffmpeg_command"]); ok {
		members["ffmpeg_command"] = fill(line, name)
	}
	if lines, ok := decode[[]string](r.members["ffmpeg_commands"]); ok {
		for i, line := range lines {
			lines[i] = fill(line, name)
		}
		members["ffmpeg_commands"] = lines
	}
	body, err := json.Marshal(members)
	if err != nil {
		return job.Job{}, err
	}
	request, err := ffmpegapi.ParseCreate(body)
	if err != nil {
		return job.Job{}, err
	}
	return request.Job(id, p.owner, now, timeout), nil
}

// inputName is the object's name among the files of its job. An output of the recipe may be called the same by
// chance: the recipe was written for any object of the folder.
func (r recipe) inputName(file string) string {
	name := transcodes.PlainName(file)
	outputs, _ := decode[[]string](r.members["output_files"])
	for slices.Contains(outputs, name) {
		name = "input-" + name
	}
	return name
}

var inputPlaceholder = regexp.MustCompile(`\{\{\s*input\s*\}\}|<<\s*input\s*>>`)

// fill puts the object's name into the placeholders of a command that stand for it.
func fill(line, name string) string {
	return inputPlaceholder.ReplaceAllLiteralString(line, "{{"+name+"}}")
}

// decode reads a member that may be of another type: what is wrong with it is for the façade to say.
func decode[T any](raw json.RawMessage) (v T, ok bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return v, false
	}
	err := json.Unmarshal(raw, &v)
	return v, err == nil
}

// refused makes a refusal of a façade's answer.
func (r recipe) refused(err error) error {
	if e, ok := errors.AsType[*transcodes.Error](err); ok {
		return refusef("%s: %v", r.name, e)
	}
	if e, ok := errors.AsType[*ffmpegapi.Error](err); ok {
		return refusef("%s: %s", r.name, e.Message)
	}
	return err
}
