package transcodes

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/overlay"
)

// parseVirtual reads a virtual option: text overlays are the only ones. Its argument is kept as the overlay's own JSON.
func (l optionList) parseVirtual(at, name string, argument json.RawMessage) (job.Option, error) {
	switch {
	case name != overlay.Option:
		return job.Option{}, bad("%s.option: %s is not a virtual option; there is %s", at, quote(name), overlay.Option)
	case l.where != inOutput:
		return job.Option{}, bad("%s.option: %s belongs to the output: send it in options", at, overlay.Option)
	case kind(argument) == 0 || kind(argument) == 'n':
		return job.Option{}, bad(`%s.argument is required: an object {"text": "…", "style": {…}}`, at)
	}
	o, err := overlay.Parse(argument)
	if err != nil {
		return job.Option{}, bad("%s.argument: %s", at, err)
	}
	return job.Option{Option: name, Argument: o.JSON()}, nil
}

// checkOverlays refuses overlays where there is no picture, or no single one, that they could be drawn on.
func (r *Request) checkOverlays(fields, Rules) error {
	at, count := "", 0
	var others [][2]string
	for i, o := range r.Transcode.Options {
		if o.Option != overlay.Option {
			others = append(others, [2]string{o.Option, o.Argument})
			continue
		}
		if count++; count == 1 {
			at = "options[" + strconv.Itoa(i) + "]"
		}
	}
	if count == 0 {
		return nil
	}
	if count > maxOverlays {
		return bad("options must hold at most %d %s; it holds %d", maxOverlays, overlay.Option, count)
	}
	if err := overlay.Conflict(r.Transcode.Format, targetOf(r.Transcode.Format).picture, others); err != nil {
		return bad("%s: %s", at, err)
	}
	if len(r.Transcode.Filters) > 0 {
		if _, err := overlay.Append(strings.Join(r.Transcode.Filters, ";"), "null"); err != nil {
			return bad("%s: %s", at, err)
		}
	}
	return nil
}
