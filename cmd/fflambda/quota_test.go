package main

import "testing"

// TestCommandsAreMetered: the minutes of the shortest job of the ffmpeg API count, too.
func TestCommandsAreMetered(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	s := start(t, options{env: []string{"FFLAMBDA_QUOTA=minutes=0.01"}})
	body := object{
		"input_files":     object{"input": s.upload(t, alice, clip(t), "video/mp4")},
		"output_files":    []string{"copy.mkv"},
		"ffmpeg_commands": []string{"-i {{input}} -c copy {{copy.mkv}}"},
	}
	if done := s.run(t, body); done.text("data", "status") != "succeeded" {
		t.Fatalf("%s", done.body)
	}
	if a := s.do(t, alice, "POST", "/api/ffmpeg", body); a.status != 403 || a.text("errorCode") != "forbidden" {
		t.Errorf("the next: %d %s", a.status, a.body)
	}
}
