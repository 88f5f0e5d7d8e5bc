package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// meter compares a coded picture with what it was coded from.
type meter struct {
	ffmpeg string
	vmaf   bool // else SSIM, for want of a libvmaf
}

// likeness is of a whole clip: VMAF from 0 to 100, or SSIM from 0 to 1.
type likeness struct {
	mean float64
	low  float64 // 95 % of the frames are better
}

// newMeter looks for an ffmpeg with libvmaf: the one in PATH, or else the static one in PyPI's imageio-ffmpeg.
func newMeter(ctx context.Context) (meter, error) {
	const inWheel = "imageio_ffmpeg/binaries/ffmpeg-*"
	for _, find := range []func() (string, error){
		func() (string, error) { return exec.LookPath("ffmpeg") },
		func() (string, error) { return fetched(ctx, "imageio-ffmpeg", "0.6.0", inWheel) },
	} {
		path, err := find()
		if err != nil {
			fmt.Println("SSIM in place of VMAF:", err)
			continue
		}
		filters, err := exec.CommandContext(ctx, path, "-hide_banner", "-filters").Output() //nolint:gosec // found above
		if err == nil && bytes.Contains(filters, []byte(" libvmaf ")) {
			return meter{ffmpeg: path, vmaf: true}, nil
		}
	}
	path, err := exec.LookPath("ffmpeg")
	return meter{ffmpeg: path}, err
}

func (m meter) name() string {
	if m.vmaf {
		return "VMAF"
	}
	return "SSIM"
}

// format writes VMAF to a tenth, SSIM to a thousandth.
func (m meter) format(v float64) string {
	if m.vmaf {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// clean is what nobody tells from the source without looking for it.
func (m meter) clean() float64 {
	if m.vmaf {
		return 90
	}
	return 0.97
}

// compare sets the frames side by side by their numbers: WebM rounds times to the millisecond.
func (m meter) compare(ctx context.Context, coded, reference string, height int) (likeness, error) {
	const log = "frames.log"
	filter, parse := "ssim=stats_file="+log, ssimOf
	if m.vmaf {
		model := "vmaf_v0.6.1"
		if height > 1080 {
			model = "vmaf_4k_v0.6.1" // seen from 1.5 heights away, not 3
		}
		filter, parse = "libvmaf=log_fmt=json:log_path="+log+":n_threads=2:model=version="+model, vmafOf
	}
	rate := fmt.Sprintf("settb=1/%d,setpts=N", clipRate)
	dir := filepath.Dir(coded)
	cmd := exec.CommandContext(ctx, m.ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", //nolint:gosec // the files are ours
		"-i", coded, "-i", reference, "-lavfi", "[0:v]"+rate+"[a];[1:v]"+rate+"[b];[a][b]"+filter, "-f", "null", "-")
	cmd.Dir = dir // a path within a filter would have to be escaped
	if out, err := cmd.CombinedOutput(); err != nil {
		return likeness{}, fmt.Errorf("%s: %w: %s", m.name(), err, bytes.TrimSpace(out))
	}
	text, err := os.ReadFile(filepath.Join(dir, log))
	if err != nil {
		return likeness{}, err
	}
	return parse(text)
}

// vmafOf reads libvmaf's log.
func vmafOf(text []byte) (likeness, error) {
	var log struct {
		Frames []struct {
			Metrics struct {
				VMAF *float64 `json:"vmaf"`
			} `json:"metrics"`
		} `json:"frames"`
	}
	if err := json.Unmarshal(text, &log); err != nil {
		return likeness{}, fmt.Errorf("libvmaf's log: %w", err)
	}
	var values []float64
	for _, f := range log.Frames {
		if f.Metrics.VMAF == nil {
			return likeness{}, errors.New("libvmaf's log has a frame without vmaf")
		}
		values = append(values, *f.Metrics.VMAF)
	}
	return likenessOf(values)
}

// ssimAll is the end of a line of filter ssim's statistics.
var ssimAll = regexp.MustCompile(`(?m) All:([\d.]+) \(`)

// ssimOf reads the statistics of filter ssim, over all three planes.
func ssimOf(text []byte) (likeness, error) {
	var values []float64
	for _, match := range ssimAll.FindAllSubmatch(text, -1) {
		v, err := strconv.ParseFloat(string(match[1]), 64)
		if err != nil {
			return likeness{}, fmt.Errorf("ssim's statistics: %w", err)
		}
		values = append(values, v)
	}
	return likenessOf(values)
}

func likenessOf(frames []float64) (likeness, error) {
	if len(frames) == 0 {
		return likeness{}, errors.New("no frame was compared")
	}
	sum := 0.0
	for _, v := range frames {
		sum += v
	}
	slices.Sort(frames)
	return likeness{mean: sum / float64(len(frames)), low: frames[len(frames)/20]}, nil
}
