package worker

import (
	"strings"
	"testing"
)

func TestLength(t *testing.T) {
	t.Parallel()
	durations := map[string]float64{"inputs/a": 60, "inputs/b": 10}
	for args, want := range map[string]float64{
		"-i inputs/a outputs/o":                                       60,
		"-i inputs/b -i inputs/a outputs/o":                           60,
		"-i inputs/a -t 5 outputs/o":                                  5,
		"-i inputs/a -t 500 outputs/o":                                60,
		"-ss 50 -i inputs/a outputs/o":                                10,
		"-ss 00:00:50 -i inputs/a -t 00:00:02.5 outputs/o":            2.5,
		"-ss 10 -to 15 -i inputs/a outputs/o":                         5,
		"-t 1500ms -i inputs/a outputs/o":                             1.5,
		"-i inputs/a -ss 10 outputs/o":                                50,
		"-i inputs/a -ss 10 -to 30 outputs/o":                         20,
		"-stream_loop -1 -i inputs/b -t 35 outputs/o":                 35,
		"-loop 1 -i inputs/b outputs/o":                               0,
		"-f lavfi -i testsrc outputs/o":                               0,
		"-f lavfi -t 3 -i testsrc outputs/o":                          3,
		"-i unknown outputs/o":                                        0,
		"-i":                                                          0,
		"":                                                            0,
		"-i inputs/a -t nonsense outputs/o":                           60,
		"-i inputs/a -t -5 outputs/o":                                 60,
		"-ss 70 -i inputs/a outputs/o":                                0,
		"-i inputs/a -t 1:00:00 outputs/o":                            60,
		"-i inputs/a -t 2500000us -c copy outputs/o -map 0 outputs/p": 2.5,
	} {
		if got := length(strings.Fields(args), durations); got != want {
			t.Errorf("%s: got %g, want %g", args, got, want)
		}
	}
}
