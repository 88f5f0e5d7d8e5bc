package transcodes

import (
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// FFmpegOptions says what ffmpeg was told. Before the job has run, Options are the caller's.
type FFmpegOptions struct {
	Source  string       `json:"source"`
	Options []job.Option `json:"options"`
	Preset  *Preset      `json:"preset"`
}

// Preset is the preset as it was sent.
type Preset struct {
	Quality    string `json:"quality,omitempty"`
	Resolution string `json:"resolution,omitempty"`
}

func showOptions(j job.Job, work job.Transcode) FFmpegOptions {
	shown := FFmpegOptions{Source: source(work), Options: work.Options}
	if j.Ran != nil {
		shown.Options = j.Ran
	}
	if shown.Options == nil {
		shown.Options = []job.Option{}
	}
	if work.HasPreset {
		shown.Preset = &Preset{Quality: work.Quality, Resolution: work.Resolution}
	}
	return shown
}

// source says what the options of the command were made from; filters count as options of the caller's.
func source(work job.Transcode) string {
	for _, o := range work.Options {
		if strings.HasPrefix(o.Option, "@") {
			return "virtual_options"
		}
	}
	switch {
	case len(work.Options) > 0 || len(work.Filters) > 0:
		return "raw_options"
	case work.HasPreset:
		return "preset"
	default:
		return "defaults"
	}
}
