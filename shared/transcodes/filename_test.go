package transcodes

import (
	"strings"
	"testing"
	"time"
)

func TestServerName(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1767323045678)
	tests := []struct{ original, want string }{
		{"video.mp4", "video.mp4"},
		{"My Holiday (1).MOV", "My_Holiday_1.MOV"},
		{"Vidéo été.mp4", "Vid_o_t.mp4"},
		{"日本語.mp4", "file.mp4"},
		{"../../etc/passwd", "passwd"},
		{`C:\videos\a.avi`, "a.avi"},
		{"..", "file"},
		{"...", "file"},
		{".", "file"},
		{"", "file"},
		{".bashrc", "file.bashrc"},
		{"a..b.mp4", "a.b.mp4"},
		{"a.tar.gz", "a.tar.gz"},
		{"a.", "a"},
		{"dir/", "file"},
		{"-rf.mp4", "rf.mp4"},
		{"a\x00\r\nb.mp4", "a_b.mp4"},
		{"a\xffb.mp4", "a_b.mp4"},
		{"a.mp4?x=1#y", "a.mp4x1y"},
		{strings.Repeat("x", 300) + ".mp4", strings.Repeat("x", 80) + ".mp4"},
		{"a." + strings.Repeat("y", 300), "a." + strings.Repeat("y", 10)},
	}
	for _, test := range tests {
		if got := ServerName(test.original, now, "r4nd"); got != "1767323045678-r4nd-"+test.want {
			t.Errorf("%q: got %q, want …%q", test.original, got, test.want)
		}
	}
	if got := ServerName("a.mp4", now, ""); got != "1767323045678-a.mp4" {
		t.Errorf("without random: %q", got)
	}
}

// FuzzServerName: no original makes a name that is a path, hidden, long, or that confirm would not know again.
func FuzzServerName(f *testing.F) {
	for _, s := range []string{"a.mp4", "../x", ".hidden", "", "a..b", "é", strings.Repeat("a.", 300), "\xff/.\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, original string) {
		name := ServerName(original, time.UnixMilli(1767323045678), "r4nd")
		if !IsServerName(name) {
			t.Errorf("%q gives %q, which IsServerName does not know", original, name)
		}
		if len(name) > 128 || strings.ContainsAny(name, "/\\ ") || strings.Contains(name, "..") {
			t.Errorf("%q gives %q", original, name)
		}
	})
}

func TestIsServerName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "a.mp4", "1-", "1-../x", "1-a/b", "1-a..b", "1-.a", "-1-a", "gs://b/1-a.mp4", "1-a b", "1-a\n", "1-" + strings.Repeat("a", 200),
	} {
		if IsServerName(name) {
			t.Errorf("%q cannot be one", name)
		}
	}
}
