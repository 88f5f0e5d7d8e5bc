package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

// rows are the rows of docs/policy.md that the tables of this package make.
func rows() []string {
	var list []string
	code := func(dash string, names []string) string { return "`" + dash + strings.Join(names, "` `"+dash) + "`" }
	add := func(dash string, rules []rule) {
		for _, r := range rules {
			list = append(list, "| "+code(dash, r.names)+" | "+r.reason+" | "+r.hint+" |")
		}
	}
	add("-", refusedOptions)
	add("", refusedFormats)
	add("", refusedFilters)
	add("", refusedParams)
	for _, f := range fileFilters {
		list = append(list, "| "+code("", f.filters)+" | "+code("", f.keys)+" |")
	}
	for _, k := range kinds {
		if slices.Contains([]kind{fileOption, textOption, linkOption, paramsOption, innerOption}, k.kind) {
			list = append(list, code("-", k.names))
		}
	}
	return append(list, code("", fileParams), code("", fileKeys), code("", strings.Fields(deviceCodecs)))
}

func TestPolicyIsDocumented(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "policy.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows() {
		if !strings.Contains(string(doc), row) {
			t.Errorf("docs/policy.md has not:\n%s", row)
		}
	}
}

// odd are commands that look like attacks and are let through, because they reach nothing: ffmpeg reads them as plain names or fails.
var odd = []string{
	`-i %2e%2e/canary.txt x.mp4`,
	`-i ／etc／passwd x.mp4`,
	`-i ․․/canary.txt x.mp4`,
	`-i a{{video.mp4}} x.mp4`,
	`-f concat -safe 0 -i {{climb.txt}} -c copy x.mp4`,
	`-f concat -i {{climb.txt}} -c copy x.mp4`,
	`-i {{climb.m3u8}} -c copy x.mp4`,
	`-f hls -i {{climb.m3u8}} -c copy x.mp4`,
	`-i {{video.mp4}} -vf subtitles={{climb.txt}} x.mp4`,
	`-i {{video.mp4}} -metadata filename=../escaped -c copy x.mkv`,
	`-i {{video.mp4}} -metadata title=/tmp/escaped -c copy /dev/null`,
	`-i {{video.mp4}} -c copy -f hls -var_stream_map "v:0,a:0,name:x" -hls_segment_filename %v./escaped%d.ts %v./x.m3u8`,
	`-i {{video.mp4}} -c copy -f hls -strftime 1 -strftime_mkdir 1 -hls_segment_filename %Z../escaped%s.ts x.m3u8`,
	`-i {{video.mp4}} -c copy -f segment -strftime 1 %P../escaped.ts`,
	`-i {{video.mp4}} -an -c:v mjpeg -f image2 -strftime 1 %D.jpg`,
	`-i {{video.mp4}} -map 0:v -c copy -f dash -media_seg_name $$../escaped$Number$.m4s x.mpd`,
	`-i {{video.mp4}} -c:v libx264 -preset ultrafast -x264-params stats=escaped.log:pass=1 -an -f null -`,
	`-i {{video.mp4}} -c copy x.mp4 -unknown_option a`,
	`-i {{video.mp4}} -vf "drawtext=text='x\\\\':fontsize=8" -frames:v 1 x.png`,
	`-f lavfi -i "nullsrc=s=16x16,drawtext=text=movie=../canary.txt" -frames:v 1 x.png`,
}

// TestOddReachesNothing runs them, with a canary beside the job's folder, and looks for its text in what was made and for what is new beside it.
func TestOddReachesNothing(t *testing.T) {
	t.Parallel()
	const canary = "CANARY-5f0e7c"
	bin := ffmpeg(t)
	outside := t.TempDir()
	dir := filepath.Join(outside, "job")
	inputs := filepath.Join(dir, "inputs")
	write(t, filepath.Join(outside, "canary.txt"), canary)
	write(t, filepath.Join(outside, "canary.ts"), canary)
	write(t, filepath.Join(inputs, "climb.txt"), "ffconcat version 1.0\nfile ../../canary.ts\n")
	write(t, filepath.Join(inputs, "climb.m3u8"), "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nconcat:../../canary.txt|../../canary.txt\n#EXT-X-ENDLIST\n")
	run(t, bin, dir, "-f lavfi -i testsrc=s=64x48:d=0.2 -f lavfi -i sine=d=0.2 -c:v libx264 -preset ultrafast inputs/video.mp4")
	for _, line := range odd {
		words, err := Compile(job.Commands{Lines: []string{line}}, []string{"video.mp4", "climb.txt", "climb.m3u8"})
		if err != nil {
			t.Errorf("%s\n\trefused: %v", line, err)
			continue
		}
		cmd := exec.CommandContext(t.Context(), bin, slices.Concat([]string{"-nostdin", "-y", "-hide_banner"}, words[0])...)
		cmd.Dir = dir
		out, _ := cmd.CombinedOutput() // whether it fails is its own affair
		if strings.Contains(string(out), canary) {
			t.Errorf("%s: the canary is in the log", line)
		}
	}
	beside, err := os.ReadDir(outside)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range beside {
		if !slices.Contains([]string{"job", "canary.txt", "canary.ts"}, e.Name()) {
			t.Errorf("%s was written beside the job's folder", e.Name())
		}
	}
	made, _ := filepath.Glob(filepath.Join(dir, "x*.*[a-z0-9]"))
	for _, path := range made {
		if data, err := os.ReadFile(path); err != nil || strings.Contains(string(data), canary) {
			t.Errorf("%s holds the canary, or %v", path, err)
		}
	}
}

var (
	refusedFilter = regexp.MustCompile(`(?:^|[],;])\s*(?:a?movie|a?sendcmd|a?zmq|ladspa|lv2|frei0r|flite|program_opencl|whisper)\s*(?:[=@,;[]|$)`)
	leadsOut      = regexp.MustCompile(`^/|^\.\./|^\.\.$|/\.\./|://|^(?:file|pipe|fd|tcp|udp|http|concat|data|crypto|unix)(?:\+[^:]*)?:|^subfile,`)
	dangerous     = regexp.MustCompile(`(?i)recon[-_]y4m[-_]exec|opencl[-_]clbin|append_list|protocol_whitelist`)
)

// FuzzCheck holds what Check accepts against a reading that knows nothing of which option takes what: it looks at every word.
func FuzzCheck(f *testing.F) {
	for _, d := range cookbook() {
		for _, line := range d.lines {
			f.Add(line)
		}
	}
	for _, line := range append(slices.Clone(odd), `-i a -report x`, `-vf null;movie=/x`, `-i concat:a|b x`, `-v -report x`, `-metadata -i /etc/x`,
		`-x265-params recon-y4m-exec=id x`, `-f lavfi -i movie=x x`, `-f tee [f=mp4]../a`, `-hls_flags append_list x`, `-i:0 /x`, `-filter:v:0 sendcmd x`) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := Split(line)
		if err != nil || Check(words) != nil {
			return
		}
		before := ""
		for _, w := range words {
			option, _, _ := strings.Cut(strings.TrimPrefix(w, "-"), ":")
			text := strings.HasPrefix(before, "-metadata") || strings.HasPrefix(before, "-hls_base_url") ||
				strings.HasPrefix(before, "-segment_list_entry_prefix") || strings.HasPrefix(before, "-utc_timing_url") || strings.Contains(w, "drawtext")
			plain := strings.NewReplacer(`\`, "", `'`, "", `"`, "").Replace(w)
			_, refused := find(refusedOptions, option)
			switch {
			case strings.ContainsRune(w, 0):
				t.Errorf("%q: NUL in %q", line, w)
			case w[:min(1, len(w))] == "-" && refused:
				t.Errorf("%q: %q", line, w)
			case text || w == "/dev/null":
			case !strings.HasPrefix(w, "-") && leadsOut.MatchString(plain):
				t.Errorf("%q: %q leads out", line, w)
			case dangerous.MatchString(plain) && strings.HasPrefix(before, "-") && kindOf(optionName(before+" ")) != plainOption:
				t.Errorf("%q: %q is dangerous", line, w)
			case plain == w && isGraph(before) && refusedFilter.MatchString(w):
				t.Errorf("%q: %q holds a refused filter", line, w)
			}
			before = w
		}
	})
}

func isGraph(option string) bool {
	return regexp.MustCompile(`^-(?:vf|af|lavfi|filter|filter_complex)(?::|$)`).MatchString(option)
}
