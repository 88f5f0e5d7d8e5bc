//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/sandbox"
)

// everyday is what people use ffmpeg for. Each line runs in a folder with clip.mp4, subs.srt, logo.png and list.txt.
const everyday = `
-i clip.mp4 -c copy out.mkv
-i clip.mp4 -c copy -movflags +faststart out.mp4
-i clip.mp4 -vf scale=32:32 -c:v libx264 -preset ultrafast -c:a aac out.mp4
-i clip.mp4 -vf scale=32:32:flags=fast_bilinear -c:v libx264 -preset ultrafast out.mp4
-i clip.mp4 -vf zscale=32:32 -c:v libx264 -preset ultrafast out.mp4
-i clip.mp4 -c:v libx265 -preset ultrafast out.mp4
-i clip.mp4 -vf scale=64:64 -c:v libsvtav1 -preset 8 -frames:v 2 out.mp4
-i clip.mp4 -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus out.webm
-i clip.mp4 -c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis out.webm
-i clip.mp4 -frames:v 1 -c:v libwebp out.webp
-i clip.mp4 -c:v libwebp -loop 0 out.webp
-i clip.mp4 -filter_complex [0:v]split[a][b];[a]palettegen[p];[b][p]paletteuse out.gif
-i clip.mp4 img%03d.png
-i clip.mp4 -r 5 img%03d.jpg && -framerate 5 -i img%03d.jpg -c:v libx264 -preset ultrafast out.mp4
-i clip.mp4 -vf drawtext=text=hello:fontsize=12:x=2:y=2 -c:v libx264 -preset ultrafast out.mp4
-i clip.mp4 -vf drawtext=text=hello:font=Sans -frames:v 1 out.png
-i clip.mp4 -vf subtitles=subs.srt -c:v libx264 -preset ultrafast out.mp4
-i clip.mp4 -i subs.srt -c copy -c:s mov_text out.mp4
-i clip.mp4 -i logo.png -filter_complex overlay=1:1 -c:v libx264 -preset ultrafast out.mp4
-i clip.mp4 -c:v libx264 -preset ultrafast -b:v 100k -pass 1 -an -f null - && -i clip.mp4 -c:v libx264 -preset ultrafast -b:v 100k -pass 2 out.mp4
-i clip.mp4 -c:v libx265 -preset ultrafast -b:v 100k -x265-params pass=1:stats=x265.log -an -f null - && -i clip.mp4 -c:v libx265 -preset ultrafast -b:v 100k -x265-params pass=2:stats=x265.log out.mp4
-i clip.mp4 -c copy -f hls -hls_time 1 -hls_segment_filename seg%d.ts out.m3u8
-i clip.mp4 -c copy -f hls -hls_segment_type fmp4 -master_pl_name master.m3u8 out.m3u8
-i clip.mp4 -c copy -f hls -hls_enc 1 -hls_enc_key 00112233445566778899aabbccddeeff out.m3u8 && -allowed_extensions ALL -i out.m3u8 -c copy out.mp4
-i clip.mp4 -c copy -f dash out.mpd
-i clip.mp4 -c copy -f segment -segment_time 1 -segment_list out.m3u8 seg%d.ts
-f concat -i list.txt -c copy out.mp4
-i clip.mp4 -af loudnorm,atempo=1.5 -vn -c:a libmp3lame out.mp3
-i clip.mp4 -vn -c:a flac out.flac
-i clip.mp4 -i clip.mp4 -filter_complex xfade=duration=0.1:offset=0.1 -c:v libx264 -preset ultrafast out.mp4
-i clip.mp4 -vf vidstabdetect=result=t.trf -f null - && -i clip.mp4 -vf vidstabtransform=input=t.trf -c:v libx264 -preset ultrafast out.mp4
-i clip.mp4 -vf yadif,hqdn3d,unsharp,fps=5,format=yuv420p -c:v mpeg4 out.avi
-i clip.mp4 -f ffmetadata out.txt && -i clip.mp4 -i out.txt -map_metadata 1 -c copy out.mp4
-i clip.mp4 -attach logo.png -metadata:s:t mimetype=image/png -c copy out.mkv
-f lavfi -i sine=d=0.2 -filter_complex showwavespic=s=64x32 -frames:v 1 out.png
-i clip.mp4 -c:v prores_ks -c:a pcm_s16le out.mov
`

// Everyday work does not notice the sandbox: the same exit code and not a word about what is denied.
func TestEverydayCommandsRun(t *testing.T) {
	t.Parallel()
	needKernel(t)
	for _, tool := range tools(t) {
		sources := t.TempDir()
		makeSources(t, tool, sources)
		for i, line := range strings.Split(strings.TrimSpace(everyday), "\n") {
			if !thorough() && tool.name == "system" && i%3 != 0 {
				continue
			}
			t.Run(tool.name+"/"+line, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS(sources)); err != nil {
					t.Fatal(err)
				}
				for command := range strings.SplitSeq(line, " && ") {
					var said bytes.Buffer
					cmd := exec.CommandContext(t.Context(), tool.path, slices.Concat([]string{"-nostdin", "-y", "-v", "warning"}, strings.Fields(command))...)
					cmd.Dir, cmd.Stderr = dir, &said
					limits := sandbox.Limits{FileBytes: 1 << 30, MemoryBytes: 2 << 30, CPU: time.Minute, Files: 1024}
					if err := (sandbox.Config{Folder: dir, Limits: limits}).Wrap(cmd); err != nil {
						t.Fatal(err)
					}
					err := cmd.Run()
					for _, denial := range []string{"not permitted", "denied", "not implemented", "node 0"} {
						if strings.Contains(said.String(), denial) {
							t.Errorf("says %q", said.String())
						}
					}
					if err != nil {
						t.Fatalf("%v: %s", err, said.String())
					}
				}
				if made, err := filepath.Glob(filepath.Join(dir, "[oim]*")); err != nil || len(made) == 0 {
					t.Errorf("made nothing: %v", err)
				}
			})
		}
	}
}

func makeSources(t *testing.T, tool tool, dir string) {
	t.Helper()
	for _, words := range []string{
		"-f lavfi -i testsrc=s=64x48:r=10:d=0.4 -f lavfi -i sine=d=0.4 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac clip.mp4",
		"-f lavfi -i color=red:s=8x8 -frames:v 1 logo.png",
	} {
		cmd := exec.CommandContext(t.Context(), tool.path, slices.Concat([]string{"-nostdin", "-y", "-v", "error"}, strings.Fields(words))...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	for name, text := range map[string]string{
		"subs.srt": "1\n00:00:00,000 --> 00:00:01,000\nhello\n",
		"list.txt": "file 'clip.mp4'\nfile 'clip.mp4'\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
