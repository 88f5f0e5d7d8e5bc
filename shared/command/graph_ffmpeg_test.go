package command

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readable are graphs that ffmpeg takes, in every kind of writing.
var readable = []string{
	`color`, `color=red`, `color=c=red`, ` color = c = red `, "\ncolor=\nc=red\n", `color=red:8x8`, `color=red:s=8x8`, `'color'=red`, `co'lo'r=red`, `c\olor=red`,
	`color=c='red'`, `color=c=r'e'd`, `color=c=\r\e\d`, `color=c= red `, `color=c=red :s=8x8`, `color=c=red: s=8x8`, "color=c=red:\ts\t=\t8x8", `color=c='red':s='8x8'`,
	`color=c='red:s=8x8'`, `color=c='red'\:s=8x8`, `color@a=red`, `color@'a'=red`, `color=red,null`, `color=red , null`, `color=red[a];[a]null`, `color=red [a] ; [ a ] null`,
	"color=red[a];\n\t[a] null", `color=red[a b];[a b]null`, `color=red[a;b];[a;b]null`, `color=red[a,b];[a,b]null`, `color=red['a'];[a]null`, `color=red[a\]b];[a\]b]null`,
	`color=red[a=b];[a=b]null`, `color=red,format=gray`, `color=red,format=gray|yuv420p`, `color=red,format=pix_fmts=gray`,
	`color=red,drawtext=text=a`, `color=red,drawtext=text=a b`, `color=red,drawtext=text= a `, `color=red,drawtext=text=\ a\ `, `color=red,drawtext=text='\ a\ '`,
	`color=red,drawtext=text=a\\:b`, `color=red,drawtext=text=a\\\:b`, `color=red,drawtext=text=a\\\\:x=1`, `color=red,drawtext=text='a\:b'`,
	`color=red,drawtext=text='a:x=1'`, `color=red,drawtext=text='a':x=1`, `color=red,drawtext=text=a\,b`, `color=red,drawtext=text=a\\,null`, `color=red,drawtext=text='a,b'`,
	`color=red,drawtext=text='a;b[c]d'`, `color=red,drawtext=text=a\;b\[c\]d`, `color=red,drawtext=text=it\\\'s`, `color=red,drawtext=text='it'\\\''s'`, `color=red,drawtext=text=it'\''s:x=1'`,
	`color=red,drawtext=text='a=b'`, `color=red,drawtext=text=a=b`, `color=red,drawtext=text=x=1`, `color=red,drawtext=text="a"`, `color=red,drawtext=text="a"b"`,
	`color=red,drawtext=text=a\nb`, `color=red,drawtext=text=a\\nb`, "color=red,drawtext=text=a\nb", `color=red,drawtext=text=%{n}`, `color=red,drawtext=text='%{eif\:n\:d}'`,
	`color=red,drawtext=text=%{eif\\:n\\:d}`, `color=red,drawtext=text=%{pts\\:hms}`, `color=red,drawtext=text=#a`, `color=red,drawtext=text=é日`, `color=red,drawtext=text=movie=x`,
	`color=red,drawtext=text=a'b'c'd'e`, `color=red,drawtext=text=''a`, `color=red,drawtext=text='a`, `color=red,drawtext=text=a\`, `color=red,drawtext=text=a:x=1:y=2:fontsize=9`,
	`color=red,drawtext=x=(w-tw)/2:y=h-th:text=a`, `color=red,drawtext=x='if(lt(t,1),0,9)':text=a`, `color=red,drawtext=x=if(lt(t\,1)\,0\,9):text=a`, `color=red,drawtext=enable='between(t,0,1)':text=a`,
	`color=red,drawtext=enable=between(t\,0\,1):text=a`, `color=red,select='eq(n,0)'`, `color=red,select=eq(n\,0)`, `color=red,select='eq(n\,0)'`, `color=red,select=expr='gte(t,0)'`,
	`color=red,scale=8:8:flags=bicubic`, `color=red,scale='min(8,iw)':-2`, `color=red,scale=min(8\,iw):-2`, `color=red,scale=w='8':h='8'`, `color=red,scale=iw/2:ih/2`,
	`color=red,split[a][b];[a][b]hstack`, `color=red,split=2[a][b];[a][b]hstack=inputs=2`, `color=red,split [a] [b] ; [a] [b] hstack`, `color=red[a];color=blue[b];[a][b]overlay=x=1:y=1`,
	`color=red[a];color=blue[b];[b][a]overlay=W-w-1:H-h-1:enable='gte(t,0)'`, `color=red,crop=8:8:0:0,pad=16:16:(ow-iw)/2:(oh-ih)/2:black`, `color=red,setsar=1,setdar=16/9`,
	`color=red,setpts=PTS-STARTPTS`, `color=red,setpts='0.5*PTS'`, `color=red,fps=25,trim=0:1`, `color=red,trim=start=0:end='1'`, `color=red,geq='r=X:g=Y:b=1'`, `color=red,lut=y='val*2'`,
	`color=red,hue=s=0,eq=brightness=0.1:contrast=1.1`, `color=red,metadata=mode=add:key=a:value='b\:c'`, `color=red,metadata=add:a:b\\:c`, `color=red,boxblur=2:1`, `testsrc=s=16x16:r=5`,
}

// unreadable are graphs that it does not take.
var unreadable = []string{
	`color=red[a`, `color=red]`, `,color=red`, `color=red null`, `'color=red'`, `color=red,,null`, `color=red:::`, `sws_flags=x`, `=red`, `nosuch`, `color\=red`, `co lor`, `color[`,
}

// setting is a line of libavutil's about an option that is set. The filter's name is not in it in every version.
var setting = regexp.MustCompile(`(?s)Setting '([^']*)' to value '(.*?)'\n(?:\[|\S)`)

// settings are the options that ffmpeg says it has read.
func settings(said string) (options []filterOption) {
	for m := setting.FindStringSubmatchIndex(said); m != nil; m = setting.FindStringSubmatchIndex(said) {
		options = append(options, filterOption{said[m[2]:m[3]], said[m[4]:m[5]]})
		said = said[m[5]:]
	}
	return options
}

// TestGraphsAgainstFFmpeg asks ffmpeg which options it reads in each graph, and with what values: all graphs at once, each an input.
func TestGraphsAgainstFFmpeg(t *testing.T) {
	t.Parallel()
	bin := ffmpeg(t)
	words := []string{"-nostdin", "-loglevel", "debug"}
	for _, graph := range readable {
		words = append(words, "-f", "lavfi", "-i", graph)
	}
	out, _ := exec.CommandContext(t.Context(), bin, words...).CombinedOutput() // it always fails: there is no output
	parts := strings.Split(string(out), "Opening an input file: ")[1:]
	if len(parts) != len(readable) || !strings.Contains(string(out), "At least one output file must be specified") {
		t.Fatalf("ffmpeg took %d graphs of %d:\n%s", max(0, len(parts)-1), len(readable), out[max(0, len(out)-2000):])
	}
	for i, graph := range readable {
		filters, rest := parseGraph(graph)
		var ours []filterOption
		for _, f := range filters {
			ours = append(ours, f.options...)
		}
		theirs := settings(parts[i])
		for i := range min(len(ours), len(theirs)) {
			if ours[i].key == "" { // known by its place
				theirs[i].key = ""
			}
		}
		if diff := cmp.Diff(theirs, ours, cmp.AllowUnexported(filterOption{})); rest != "" || diff != "" {
			t.Errorf("%s: rest %q (-ffmpeg +ours):\n%s", graph, rest, diff)
		}
	}
}

// TestGraphsThatFFmpegRefuses: where it gives up, the witness does too, which is why it need not read on.
func TestGraphsThatFFmpegRefuses(t *testing.T) {
	t.Parallel()
	bin := ffmpeg(t)
	for _, graph := range unreadable {
		if out, err := exec.CommandContext(t.Context(), bin, "-nostdin", "-f", "lavfi", "-i", graph).CombinedOutput(); err == nil || strings.Contains(string(out), "At least one output file") {
			t.Errorf("%s: ffmpeg takes it:\n%s", graph, out)
		}
	}
}
