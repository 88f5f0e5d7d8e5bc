package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestValidate: what a create would do with a body, without doing it.
func TestValidate(t *testing.T) {
	t.Parallel()
	s := common(t)
	before := s.do(t, bob, "GET", "/api/jobs", nil).field("pagingParams", "total")
	good := s.do(t, bob, "POST", "/api/validate", tone(nil))
	want := []any{[]any{"-f", "lavfi", "-i", "sine=duration=0.1", "outputs/tone.wav"}}
	if d := cmp.Diff(want, good.field("data", "commands")); good.status != 200 || good.field("data", "ok") != true || d != "" {
		t.Errorf("%d %s (-want +got):\n%s", good.status, good.body, d)
	}
	bad := tone(object{"ffmpeg_commands": []string{"-i {{nothing}} {{tone.wav}}"}})
	validated, created := s.do(t, bob, "POST", "/api/validate", bad), s.do(t, bob, "POST", "/api/ffmpeg", bad)
	if validated.status != 400 || string(validated.body) != string(created.body) {
		t.Errorf("validate: %d %s\ncreate: %d %s", validated.status, validated.body, created.status, created.body)
	}
	if after := s.do(t, bob, "GET", "/api/jobs", nil).field("pagingParams", "total"); after != before {
		t.Errorf("there were %v jobs, now %v", before, after)
	}
}

// TestFFprobe: an upload is looked into without a job, by its owner only.
func TestFFprobe(t *testing.T) {
	t.Parallel()
	s := common(t)
	video := s.upload(t, alice, clip(t), "video/mp4")
	probed := s.do(t, alice, "POST", "/v1/ffprobe", object{"url": video})
	if probed.status != 200 || probed.text("url") != video || probed.text("metadata", "codec_video") != "h264" {
		t.Errorf("%d %s", probed.status, probed.body)
	}
	text := s.upload(t, alice, save(t, "no.mp4", answer{body: []byte("this is no video")}), "video/mp4")
	for _, c := range []struct {
		key, url string
		status   int
	}{
		{alice, text, 422},
		{bob, video, 404},
		{alice, video + "x", 404},
		{alice, "gs://other/a.mp4", 404},
		{alice, "https://example.com/a.mp4", 400},
		{alice, "", 400},
	} {
		got := s.do(t, c.key, "POST", "/v1/ffprobe", object{"url": c.url})
		if details, ok := got.field("details").([]any); got.status != c.status || !ok || len(details) == 0 || got.text("error") == "" {
			t.Errorf("%q: %d %s, want %d with details as a list", c.url, got.status, got.body, c.status)
		}
	}
}
