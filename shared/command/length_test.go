package command

import (
	"strings"
	"testing"

	"github.com/fflambda/fflambda/shared/job"
)

func TestSeconds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"10": 10, "1.5": 1.5, "1:30": 90, "00:01:00.25": 60.25, "500ms": 0.5, "250000us": 0.25, "2s": 2, "-5": -5, "-1:30": -90,
	} {
		if got, ok := Seconds(text); !ok || got != want {
			t.Errorf("Seconds(%q) = %v, %t, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "x", "1:x", "--5", "1:2:3:4", "NaN", "Inf", "1e999", ":", "s"} {
		if got, ok := Seconds(text); ok {
			t.Errorf("Seconds(%q) = %v, want nothing", text, got)
		}
	}
}

func TestTrim(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		d       float64
		options string // option, argument, ...
		want    float64
	}{
		{60, "", 60},
		{60, "-ss 50", 10},
		{60, "-ss 00:00:10.5", 49.5},
		{60, "-ss 90", 0},
		{60, "-ss 50 -t 20", 10},
		{60, "-ss 10 -to 15", 5},
		{60, "-ss 10 -t 5 -to 60", 5},
		{60, "-t 3 -to 15", 3},
		{60, "-t 1500ms", 1.5},
		{60, "-t 90", 60},
		{60, "-ss -5", 60},
		{60, "-t -5", 60},
		{60, "-ss soon -t 1:2:3:4 -to NaN", 60},
		{60, "-sseof -5", 5},
		{60, "-stream_loop 2", 180},
		{60, "-stream_loop 0 -t 100", 60},
		{60, "-stream_loop -1", 0},
		{60, "-stream_loop -1 -t 600", 600},
		{60, "-r 5", 60},
		{0, "-loop 1 -t 5", 5},
		{0, "-loop 1", 0},
	} {
		var options []job.Option
		words := strings.Fields(tt.options)
		for i := 0; i < len(words); i += 2 {
			options = append(options, job.Option{Option: words[i], Argument: words[i+1]})
		}
		if got := Trim(tt.d, options); got != tt.want {
			t.Errorf("Trim(%v, %s) = %v, want %v", tt.d, tt.options, got, tt.want)
		}
	}
}
