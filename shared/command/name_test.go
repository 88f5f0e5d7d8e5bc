package command_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/command"
)

func TestValidName(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		input, output bool // whether it is one's name
	}{
		{"input", true, true},
		{"a.mp4", true, true},
		{"My_file-1.2.tar.gz", true, true},
		{"0", true, true},
		{strings.Repeat("a", 128), true, true},
		{strings.Repeat("a", 129), false, false},
		{"frame_%03d.png", false, true},
		{"seg*.ts", false, true},
		{"a?.ts", false, true},
		{"", false, false},
		{".", false, false},
		{"..", false, false},
		{".hidden", false, false},
		{"-i", false, false},
		{"a/b", false, false},
		{"a b", false, false},
		{"a:b", false, false},
		{"a\x00", false, false},
		{"a\n", false, false},
		{"naïve.mp4", false, false},
		{"a'b", false, false},
		{"{{a}}", false, false},
		{"a,b", false, false},
		{"[a].ts", false, false},
	}
	for _, test := range tests {
		if err := command.ValidName(test.name, false); (err == nil) != test.input {
			t.Errorf("ValidName(%q, input) = %v, want valid: %v", test.name, err, test.input)
		}
		if err := command.ValidName(test.name, true); (err == nil) != test.output {
			t.Errorf("ValidName(%q, output) = %v, want valid: %v", test.name, err, test.output)
		}
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		declared string
		files    string
		want     string
	}{
		{"a.mp4", "b.mp4 a.mp4", "a.mp4"},
		{"a.mp4", "axmp4 A.mp4", ""},
		{"frame_%03d.png", "frame_002.png frame_001.png frame_1.png frame_1000.png frame_.png frame_00a.png xframe_001.png", "frame_001.png frame_002.png frame_1000.png"},
		{"f%d.png", "f10.png f2.png f.png f1.png.bak", "f10.png f2.png"},
		{"f%3d.png", "f010.png f10.png", "f010.png"},
		{"f%0003d.png", "f010.png f10.png", "f010.png"},
		{"100%%.txt", "100%.txt 100%%.txt 100%%%.txt", "100%%.txt 100%.txt"},
		{"100%.txt", "100%.txt 100x.txt", "100%.txt"},
		{"seg*.ts", "seg1.ts seg.ts segment.ts .seg.ts x.ts seg1.ts", "seg.ts seg1.ts segment.ts"},
		{"s?g.ts", "seg.ts sg.ts sag.ts", "sag.ts seg.ts"},
		{"*", "b .a c", "b c"},
		{"v%v_%03d.ts", "v0_000.ts vhigh_001.ts v_000.ts", "v0_000.ts vhigh_001.ts"},
		{"log_%Y-%m-%d.txt", "log_2026-11-22.txt", "log_2026-11-22.txt"},
		{"f%99999999999d.png", "f1.png", ""},
		{"f%99999999999d.png", "f1.png f%99999999999d.png", "f%99999999999d.png"},
		{"f%03d.png", "f%03d.png f001.png", "f%03d.png f001.png"}, // as a muxer writes it that knows no patterns
		{"%d%d.png", "1.png 12.png", "12.png"},
		{"f%0d.png", "f1.png f.png", "f1.png"},
		{"%", "% x", "%"},
		{"50%_%d.png", "50%_1.png 50_1.png", "50%_1.png"},
		{"a**b?", "abc axbc ab", "abc axbc"},
		{"[a]{2}.png", "a.png aa.png", ""},
	}
	for _, test := range tests {
		got := command.Match(test.declared, strings.Fields(test.files))
		if diff := cmp.Diff(strings.Fields(test.want), append([]string{}, got...)); diff != "" {
			t.Errorf("Match(%q) (-want +got):\n%s", test.declared, diff)
		}
	}
}
