package transcodes

import (
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

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
	j.Inputs[1].Options = []job.Option{{Option: "-stream_loop", Argument: "-1"}}
	if got := inputLength(j); got == nil || *got != 16 {
		t.Errorf("6 s and 10 s for ever: %v, want one round of it", got)
	}
	j.Transcode.Options = []job.Option{{Option: "-t", Argument: "60"}}
	if got := inputLength(j); got == nil || *got != 60 {
		t.Errorf("6 s and 10 s for ever, cut to 60 s: %v", got)
	}
	j.Inputs = []job.Input{{Media: &job.Media{}, Options: []job.Option{{Option: "-loop", Argument: "1"}}}, {Media: &job.Media{Duration: 7}}}
	if got := inputLength(j); got == nil || *got != 60 {
		t.Errorf("a picture in a loop, cut to 60 s: %v", got)
	}
	j.Transcode.Options = nil
	if got := inputLength(j); got == nil || *got != 7 {
		t.Errorf("a picture in a loop, and sound of 7 s: %v", got)
	}
	j.Inputs[1].Media = nil
	if got := inputLength(j); got != nil {
		t.Errorf("not all are probed: %v, want nothing", *got)
	}
}
