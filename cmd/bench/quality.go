package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
)

// studio is where clips are coded and looked at.
type studio struct {
	*bench
	tools      ffmpeg.Tools // the worker's ffmpeg where the image was built, else the machine's
	meter      meter
	references map[string]string // by clip and filter: the picture as it enters the encoder, without loss
}

// take is what became of one clip.
type take struct {
	likeness
	megabits float64 // a second
	cpu      float64 // seconds for a second of film
}

func newStudio(ctx context.Context, b *bench) (*studio, error) {
	path, _ := imageFFmpeg()
	tools, err := ffmpeg.Find(ctx, path)
	if err != nil {
		return nil, err
	}
	tools.CPUs = workerCPUs
	m, err := newMeter(ctx)
	return &studio{bench: b, tools: tools, meter: m, references: map[string]string{}}, err
}

// take codes a clip as a job of the transcodes API would, some times over for the medians of its times.
func (s *studio) take(ctx context.Context, c clip, t job.Transcode, times int, change ...job.Option) (take, error) {
	var cpu []float64
	var last coded
	for range times {
		var err error
		if last, err = s.encode(ctx, s.tools, c.path, t, change...); err != nil {
			return take{}, fmt.Errorf("code %s: %w", c.name, err)
		}
		cpu = append(cpu, last.cpu/c.seconds)
		defer os.RemoveAll(filepath.Dir(filepath.Dir(last.output))) //nolint:errcheck // in a folder that is removed too
	}
	info, err := os.Stat(last.output)
	if err != nil {
		return take{}, err
	}
	reference, err := s.reference(ctx, c, last.args)
	if err != nil {
		return take{}, err
	}
	l, err := s.meter.compare(ctx, last.output, reference, boxHeight(t.Resolution))
	if err != nil {
		return take{}, fmt.Errorf("compare %s: %w", c.name, err)
	}
	return take{likeness: l, megabits: float64(info.Size()) * 8 / 1e6 / c.seconds, cpu: median(cpu)}, nil
}

// reference is the clip after the filters of a command, made by the same ffmpeg: only the coding is judged, not the scaling.
func (s *studio) reference(ctx context.Context, c clip, args []string) (string, error) {
	filter := "null"
	if i := slices.Index(args, "-vf"); i >= 0 {
		filter = args[i+1]
	}
	key := c.path + " " + filter
	if path, ok := s.references[key]; ok {
		return path, nil
	}
	path := filepath.Join(s.folder, fmt.Sprintf("reference-%d.mkv", len(s.references)))
	dir, err := s.jobFolder(c.path)
	if err != nil {
		return "", err
	}
	err = s.tools.Run(ctx, ffmpeg.Task{
		Dir: dir, OnProgress: func(ffmpeg.Update) {},
		Args: []string{"-i", "inputs/" + inputName, "-vf", filter, "-an", "-c:v", "libx264", "-qp", "0", "-preset", "ultrafast", "-pix_fmt", "yuv420p", path},
	})
	if err != nil {
		return "", fmt.Errorf("reference of %s: %w", c.name, err)
	}
	s.references[key] = path
	return path, nil
}

// boxHeight is the height of a resolution's box.
func boxHeight(resolution string) int {
	if resolution == "4k" {
		return 2160
	}
	var h int
	if _, err := fmt.Sscanf(resolution, "%dp", &h); err != nil {
		return 0
	}
	return h
}

// fits says whether a clip tells something at a resolution: it is enlarged nowhere, and what is smaller than the smallest box
// is coded once, at its own size.
func (c clip) fits(resolution string) bool {
	return boxHeight(resolution) <= c.height || resolution == "480p"
}

// reportQuality measures each quality and resolution as the presets of the API are.
func reportQuality(ctx context.Context, b *bench) (string, error) {
	s, err := newStudio(ctx, b)
	if err != nil {
		return "", err
	}
	all, err := s.clips(ctx)
	if err != nil {
		return "", err
	}
	var mp4, webm []row
	for _, resolution := range []string{"480p", "720p", "1080p", "4k"} {
		if resolution == "4k" {
			if all, err = s.generated(ctx, 2160, shortClip); err != nil {
				return "", err
			}
		}
		for _, quality := range []string{"high", "medium", "low"} {
			t := job.Transcode{Format: "mp4", Quality: quality, Resolution: resolution, HasPreset: true}
			if mp4, err = s.append(ctx, mp4, all, t); err != nil {
				return "", err
			}
			if resolution == "720p" || resolution != "4k" && quality == "medium" {
				t.Format = "webm"
				if webm, err = s.append(ctx, webm, all, t); err != nil {
					return "", err
				}
			}
		}
	}
	return s.legend() + "\n\nMP4 (`libx264`), also MOV and MKV:\n\n" + s.table(mp4) +
		"\nWebM (`libvpx-vp9`):\n\n" + s.table(webm) + "\n" + s.verdict(slices.Concat(mp4, webm)), nil
}

// append measures one more row.
func (s *studio) append(ctx context.Context, rows []row, clips []clip, t job.Transcode) ([]row, error) {
	times := 1
	if t.Quality == "medium" && t.Format == "mp4" {
		times = speedRounds
	}
	r, err := s.row(ctx, t.Quality+", "+t.Resolution, clips, t, times)
	return append(rows, r), err
}

// clips are the three generated ones, and the two filmed ones.
func (s *studio) clips(ctx context.Context) ([]clip, error) {
	generated, err := s.generated(ctx, 1080, clipSeconds)
	if err != nil {
		return nil, err
	}
	filmed, err := s.filmed(ctx)
	return slices.Concat(generated, filmed), err
}

func (s *studio) row(ctx context.Context, name string, clips []clip, t job.Transcode, times int, change ...job.Option) (row, error) {
	r := row{name: name, takes: map[string]take{}}
	for _, c := range clips {
		if !c.fits(t.Resolution) {
			continue
		}
		if !slices.Contains(clipNames[:generatedClips], c.name) {
			times = 1 // no speed is taken from it
		}
		got, err := s.take(ctx, c, t, times, change...)
		if err != nil {
			return row{}, err
		}
		r.takes[c.name] = got
	}
	fmt.Println(t.Format, s.line(r))
	return r, nil
}
