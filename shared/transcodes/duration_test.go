package transcodes

import (
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

func TestTrim(t *testing.T) {
	t.Parallel()
	tests := []struct {
		options []string // option, argument, …
		want    float64  // of 60 s
	}{
		{nil, 60},
		{[]string{"-ss", "10"}, 50},
		{[]string{"-ss", "00:00:10.5"}, 49.5},
		{[]string{"-ss", "1:30"}, 0},
		{[]string{"-t", "5"}, 5},
		{[]string{"-t", "1500ms"}, 1.5},
		{[]string{"-t", "90"}, 60},
		{[]string{"-to", "20"}, 20},
		{[]string{"-ss", "10", "-to", "20"}, 10},
		{[]string{"-ss", "10", "-t", "5"}, 5},
		{[]string{"-ss", "10", "-t", "5", "-to", "60"}, 5},
		{[]string{"-ss", "58", "-t", "5"}, 2},
		{[]string{"-ss", "-5"}, 60},
		{[]string{"-ss", "soon", "-t", "1:2:3:4", "-to", "NaN"}, 60},
		{[]string{"-stream_loop", "-1", "-t", "100"}, 100},
		{[]string{"-stream_loop", "-1"}, 60},
		{[]string{"-stream_loop", "0", "-t", "100"}, 60},
		{[]string{"-r", "5"}, 60},
	}
	for _, test := range tests {
		var options []job.Option
		for i := 0; i < len(test.options); i += 2 {
			options = append(options, job.Option{Option: test.options[i], Argument: test.options[i+1]})
		}
		if got := trim(60, options); got != test.want {
			t.Errorf("%v: %v s, want %v", test.options, got, test.want)
		}
	}
	if got := trim(0, []job.Option{{Option: "-loop", Argument: "1"}, {Option: "-t", Argument: "5"}}); got != 5 {
		t.Errorf("a still image shown for 5 s: %v", got)
	}
}

func TestInputLength(t *testing.T) {
	t.Parallel()
	j := job.Job{
		Transcode: &job.Transcode{Options: []job.Option{{Option: "-t", Argument: "12"}}},
		Inputs: []job.Input{
			{Media: &job.Media{Duration: 10}, Options: []job.Option{{Option: "-ss", Argument: "4"}}},
			{Media: &job.Media{Duration: 10}},
		},
	}
	if got := inputLength(j); got == nil || *got != 12 {
		t.Errorf("16 s cut to 12: %v", got)
	}
	j.Transcode.Options = nil
	if got := inputLength(j); got == nil || *got != 16 {
		t.Errorf("6 s and 10 s: %v", got)
	}
	j.Inputs[1].Media = nil
	if got := inputLength(j); got != nil {
		t.Errorf("not all are probed: %v, want nothing", *got)
	}
}
