package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kind is a kind of input: a file that ffmpeg makes of its own test sources, and what is done to its bytes then.
type kind struct {
	name   string // as the documentation shows it
	file   string
	args   string                                           // of ffmpeg, separated by blanks
	before func(t *testing.T, dir string)                   // writes what args read
	after  func(t *testing.T, file string, b []byte) []byte // changes the file
}

const (
	soundArgs   = "-f lavfi -i sine=r=44100:d=0.6,aformat=channel_layouts=stereo "
	h264Args    = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p "
	filmArgs    = "-f lavfi -i testsrc2=s=128x72:r=25:d=0.6 " + soundArgs + h264Args + "-c:a aac -shortest "
	lossyArgs   = "-f lavfi -i testsrc2=s=128x72:r=25:d=0.6 "
	tenBitArgs  = "-vf format=yuv420p10le,setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc="
	oddArgs     = "-f lavfi -i testsrc2=s=128x72:d=0.6,format=yuv444p,crop=127:71,format=yuv420p "
	seeThruArgs = "-f lavfi -i testsrc2=s=128x72:r=10:d=0.6,format=rgba,colorchannelmixer=aa=0.5 "
)

// kinds are the rows of the matrix.
func kinds() []kind {
	return []kind{
		{name: "landscape, stereo", file: "film.mp4", args: filmArgs},
		{name: "portrait", file: "portrait.mp4", args: strings.Replace(filmArgs, "128x72", "72x128", 1)},
		{name: "odd size, silent", file: "odd.mkv", args: oddArgs + "-c:v ffv1"},
		{name: "pixels not square (16:11)", file: "wide.mkv", args: "-f lavfi -i testsrc2=s=96x72:d=0.6,setsar=16/11 -c:v ffv1"},
		{name: "phone, turned by 90 degrees", file: "turned.mp4", args: filmArgs, after: turn},
		{name: "10 bits, 4:2:2 (ProRes)", file: "ten.mov", args: lossyArgs + soundArgs + "-c:v prores_ks -pix_fmt yuv422p10le -c:a pcm_s24le -shortest"},
		{name: "HDR10 (PQ)", file: "pq.mkv", args: lossyArgs + tenBitArgs + "smpte2084 -c:v libx264 -preset ultrafast"},
		{name: "HLG, odd size", file: "hlg.mkv", args: oddArgs + tenBitArgs + "arib-std-b67 -c:v ffv1"},
		{name: "uneven frame times, clock of 1000 Hz", file: "screen.mkv", args: "-f lavfi -i testsrc2=s=128x72:r=10:d=0.6,settb=1/1000,setpts=PTS+7*mod(N\\,3) -enc_time_base 1/1000 -c:v ffv1"},
		{name: "interlaced (MPEG-2, TS)", file: "tv.ts", args: "-f lavfi -i testsrc2=s=128x96:r=50:d=0.6,tinterlace=interleave_top " + soundArgs + "-c:v mpeg2video -flags +ilme+ildct -c:a mp2 -shortest"},
		{name: "RGB (H.264)", file: "rgb.mkv", args: lossyArgs + "-c:v libx264rgb -preset ultrafast"},
		{name: "one frame", file: "frame.mp4", args: lossyArgs + h264Args + "-frames:v 1"},
		{name: "1x1 picture", file: "dot.png", args: "-f lavfi -i color=red:s=2x2,format=rgb24,crop=1:1 -frames:v 1"},
		{name: "strip of 4000x16", file: "strip.png", args: "-f lavfi -i testsrc2=s=4000x16 -frames:v 1"},
		{name: "two sounds, the second 5.1", file: "tracks.mkv", args: lossyArgs + "-f lavfi -i sine=d=0.6 -f lavfi -i anullsrc=cl=5.1(side):d=0.6 -map 0 -map 1 -map 2 -c:v ffv1 -c:a flac -disposition:a:1 0"},
		{name: "two pictures, the smaller the default", file: "pictures.mkv", args: "-f lavfi -i testsrc2=s=128x72:d=0.6 -f lavfi -i testsrc2=s=64x48:d=0.6 -map 0 -map 1 -c:v ffv1 -disposition:v:0 0 -disposition:v:1 default"},
		{name: "video with cover art", file: "cover.mp4", args: lossyArgs + soundArgs + "-f lavfi -i testsrc2=s=400x400:d=0.04 -c:a aac -c:v libx264 -map 0:v -map 1:a -map 2:v -c:v:1 mjpeg -disposition:v:1 attached_pic"},
		{name: "song with cover art", file: "song.m4a", args: soundArgs + "-f lavfi -i testsrc2=s=96x96:d=0.04 -map 0 -map 1 -c:a aac -c:v mjpeg -disposition:v attached_pic"},
		{name: "text subtitles (SRT)", file: "captions.mkv", before: srt, args: lossyArgs + "-i inputs/captions.srt -c:v ffv1 -c:s srt"},
		{name: "bitmap subtitles (PGS)", file: "pgs.mkv", before: pgs, args: lossyArgs + "-i inputs/pgs.sup -c:v ffv1 -c:s copy"},
		{name: "subtitles no ffmpeg reads (TTML)", file: "ttml.mp4", before: srt, args: lossyArgs + "-i inputs/captions.srt " + h264Args + "-c:s ttml"},
		{name: "timecode and data", file: "camera.mov", args: "-f lavfi -i testsrc2=s=128x72:r=30000/1001:d=0.6 " + soundArgs + h264Args + "-c:a pcm_s16le -timecode 01:02:03;04 -shortest"},
		{name: "attached font", file: "font.mkv", before: srt, args: lossyArgs + "-attach inputs/captions.srt -metadata:s:t mimetype=font/ttf -c:v ffv1"},
		{name: "starts at 5000 s", file: "late.ts", args: strings.Replace(filmArgs, "-shortest", "-output_ts_offset 5000 -shortest", 1)},
		{name: "edit list", file: "edited.mp4", before: uncut, args: "-ss 0.2 -i inputs/uncut.mp4 -c copy"},
		{name: "cut off in the middle", file: "cut.mp4", args: filmArgs + "-movflags +faststart", after: func(_ *testing.T, _ string, b []byte) []byte { return b[:len(b)*3/4] }},
		{name: "mono, 8 kHz", file: "phone.wav", args: "-f lavfi -i sine=r=8000:d=0.6 -ac 1"},
		{name: "24 bits, 96 kHz", file: "studio.flac", args: "-f lavfi -i sine=r=96000:d=0.6 -ac 2 -sample_fmt s32"},
		{name: "5.1 (side)", file: "surround.wav", args: "-f lavfi -i anullsrc=cl=5.1(side):d=0.6"},
		{name: "7.1", file: "cinema.wav", args: "-f lavfi -i anullsrc=cl=7.1:d=0.6"},
		{name: "12 channels, unnamed", file: "stage.wav", args: "-f lavfi -i anullsrc=cl=mono:d=0.6 -filter_complex [0]asplit=12[a][b][c][d][e][f][g][h][i][j][k][l];[a][b][c][d][e][f][g][h][i][j][k][l]amerge=12"},
		{name: "PNG, transparent", file: "logo.png", args: seeThruArgs + "-frames:v 1"},
		{name: "PNG, 16 bits, grey", file: "grey.png", args: "-f lavfi -i testsrc2=s=128x72,format=gray16be -frames:v 1"},
		{name: "JPEG", file: "photo.jpg", args: "-f lavfi -i testsrc2=s=128x72 -frames:v 1 -c:v mjpeg"},
		{name: "JPEG, turned by Exif", file: "held.jpg", args: "-f lavfi -i testsrc2=s=128x72 -frames:v 1 -c:v mjpeg", after: exif},
		{name: "WebP", file: "still.webp", args: seeThruArgs + "-frames:v 1 -c:v libwebp"},
		{name: "animated WebP", file: "moving.webp", args: seeThruArgs + "-c:v libwebp_anim"},
		{name: "GIF, transparent", file: "moving.gif", args: "-f lavfi -i testsrc2=s=128x72:r=10:d=0.6,format=rgba,geq=r=200:g=0:b=0:a=255*lt(mod(X\\,32)\\,16),split[a][b];[a]palettegen[p];[b][p]paletteuse"},
		{name: "APNG", file: "moving.apng", args: seeThruArgs + "-f apng"},
		{name: "AVIF", file: "still.avif", args: "-f lavfi -i testsrc2=s=128x72 -frames:v 1 -c:v libsvtav1"},
		{name: "WebM, transparent (VP9)", file: "over.webm", args: seeThruArgs + "-c:v libvpx-vp9 -pix_fmt yuva420p -deadline realtime -cpu-used 8"},
		{name: "ProRes 4444, transparent", file: "over.mov", args: seeThruArgs + "-c:v prores_ks -pix_fmt yuva444p10le"},
	}
}

// turn writes the matrix of a phone held upright into the header of the video track.
func turn(t *testing.T, _ string, b []byte) []byte {
	at := bytes.Index(b, []byte("tkhd"))
	matrix := func(n ...uint32) []byte {
		var m []byte
		for _, x := range n {
			m = binary.BigEndian.AppendUint32(m, x)
		}
		return m
	}
	const one = 1 << 16
	straight, turned := matrix(one, 0, 0, 0, one, 0, 0, 0, 1<<30), matrix(0, one, 0, 1<<32-one, 0, 0, 72*one, 0, 1<<30)
	if at < 0 || !bytes.Contains(b[at:], straight) {
		t.Fatal("no track header with a matrix")
	}
	return append(b[:at:at], bytes.Replace(b[at:], straight, turned, 1)...)
}

// exif says in a JPEG that the camera was held upright: orientation 6.
func exif(_ *testing.T, _ string, b []byte) []byte {
	tags := "\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00" + "\x01\x00" + "\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00" + "\x00\x00\x00\x00"
	return append([]byte("\xff\xd8"+tags), b[2:]...)
}

func srt(t *testing.T, dir string) {
	writeFile(t, filepath.Join(dir, "inputs", "captions.srt"), "1\n00:00:00,100 --> 00:00:00,500\nhi\n")
}

// pgs writes bitmap subtitles that show nothing: a composition without objects, and its end.
func pgs(t *testing.T, dir string) {
	segment := func(kind byte, content string) string {
		head := binary.BigEndian.AppendUint32([]byte("PG"), 90*200)
		head = append(binary.BigEndian.AppendUint32(head, 0), kind, 0, byte(len(content)))
		return string(head) + content
	}
	writeFile(t, filepath.Join(dir, "inputs", "pgs.sup"), segment(0x16, "\x00\x80\x00\x48\x10\x00\x00\x80\x00\x00\x00")+segment(0x80, ""))
}

func uncut(t *testing.T, dir string) {
	generate(t, dir, "uncut.mp4", strings.Fields(filmArgs)...)
}

func writeFile(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
