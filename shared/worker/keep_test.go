package worker

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/job"
)

func TestWanted(t *testing.T) {
	t.Parallel()
	made := map[string]file{
		"a.mp4": {size: 1}, "empty.mp4": {}, "f_001.png": {size: 1}, "f_002.png": {size: 1}, "f_010.png": {size: 1}, "seg1.ts": {size: 1}, "temp.mkv": {size: 1},
	}
	for _, c := range []struct {
		declared []string
		want     []string
		failure  string // its text must hold this
	}{
		{[]string{"a.mp4"}, []string{"a.mp4"}, ""},
		{[]string{"f_%03d.png", "a.mp4"}, []string{"f_001.png", "f_002.png", "f_010.png", "a.mp4"}, ""},
		{[]string{"*.ts", "seg*"}, []string{"seg1.ts"}, ""},
		{[]string{"f_001.png", "f_%03d.png"}, []string{"f_001.png", "f_002.png", "f_010.png"}, ""},
		{[]string{"b.mp4"}, nil, `"b.mp4" was not written. Found instead: a.mp4`},
		{[]string{"empty.mp4"}, nil, `"empty.mp4" is empty`},
		{[]string{"g_%d.png"}, nil, `"g_%d.png" was not written`},
	} {
		got, err := wanted(c.declared, made)
		var f *job.Failure
		if errors.As(err, &f) != (c.failure != "") || f != nil && (f.Code != job.OutputMissing || !strings.Contains(f.Message, c.failure)) {
			t.Errorf("%v: %v", c.declared, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%v: %s", c.declared, d)
		}
	}
}

func TestWantedTooMany(t *testing.T) {
	t.Parallel()
	made := map[string]file{}
	for i := range maxOutputs + 1 {
		made[fmt.Sprintf("%05d.png", i)] = file{size: 1}
	}
	var f *job.Failure
	if _, err := wanted([]string{"%05d.png"}, made); !errors.As(err, &f) || f.Code != job.OutputTooLarge {
		t.Errorf("got %v", err)
	}
}
