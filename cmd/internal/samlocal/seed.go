package samlocal

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/shared/bucket"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/table"
)

// ids of the jobs that events/*.json speak of.
const (
	doneTranscode = "6f1c2a34-0000-4000-8000-000000000001"
	waiting       = "6f1c2a34-0000-4000-8000-000000000002" // to be cancelled
	toRun         = "6f1c2a34-0000-4000-8000-000000000003"
	toRunAgain    = "6f1c2a34-0000-4000-8000-000000000004"
	doneCommands  = "6f1c2a34-0000-4000-8000-000000000005" // and its end is to be told
)

const (
	example  = "tone.wav"
	uploaded = "1795345200000-0a1b2c3d-" + example // as the server names an upload
)

// seedExamples adds the jobs and the files.
func (w *World) seedExamples(ctx context.Context, jobs *table.Jobs) error {
	files := bucket.New(s3.NewFromConfig(w.AWS), bucket.Config{Name: Bucket})
	sound, err := render(ctx, w.Dir, example, "-f", "lavfi", "-i", "sine=duration=1", "-bitexact")
	if err != nil {
		return err
	}
	video, err := render(ctx, w.Dir, "sample.mp4", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2",
		"-f", "lavfi", "-i", "sine=duration=2", "-pix_fmt", "yuv420p", "-shortest")
	if err != nil {
		return err
	}
	if err := files.PutBytes(ctx, job.UploadKey(Owner, "sample.mp4"), video, "video/mp4"); err != nil {
		return err
	}
	upload := job.Object{Bucket: Bucket, Key: job.UploadKey(Owner, uploaded)}
	for _, key := range []string{
		upload.Key, job.OutputKey(doneTranscode, 1, doneTranscode+".mp3"), job.OutputKey(doneCommands, 1, example),
		job.InboxPrefix + Owner + "/My clip été.wav", job.InboxPrefix + Owner + "/a+b (1).wav",
	} {
		if err := files.PutBytes(ctx, key, sound, "audio/wav"); err != nil {
			return err
		}
	}
	now := time.Now()
	for _, j := range []job.Job{
		transcode(doneTranscode, upload, now), transcode(waiting, upload, now), transcode(toRun, upload, now),
		transcode(toRunAgain, upload, now), commands(doneCommands, upload, now),
	} {
		if _, _, err := jobs.Create(ctx, j); err != nil {
			return err
		}
		moves := []job.Move{job.Enqueue(now)}
		if j.ID == doneTranscode || j.ID == doneCommands {
			moves = append(moves, job.Claim(now, time.Minute), job.Succeed(now, 1, []job.Output{output(j, int64(len(sound)))}))
		}
		for _, m := range moves {
			if _, err := jobs.Move(ctx, j.ID, m); err != nil {
				return fmt.Errorf("seed: %w", err)
			}
		}
	}
	return nil
}

func transcode(id string, input job.Object, now time.Time) job.Job {
	at := job.Milli(now)
	return job.Job{
		ID: id, Owner: Owner, API: job.Transcodes, State: job.Pending, CreatedAt: at, UpdatedAt: at,
		Inputs:    []job.Input{{Name: "input0.wav", URL: input.URL()}},
		Transcode: &job.Transcode{Format: "mp3"}, Timeout: time.Minute,
	}
}

func commands(id string, input job.Object, now time.Time) job.Job {
	at := job.Milli(now)
	return job.Job{
		ID: id, Owner: Owner, API: job.FFmpeg, State: job.Pending, CreatedAt: at, UpdatedAt: at,
		Inputs:   []job.Input{{Name: "input", URL: input.URL()}},
		Commands: &job.Commands{Lines: []string{"-i {{input}} {{" + example + "}}"}, Outputs: []string{example}},
		Inbox:    job.InboxPrefix + Owner + "/" + example, Timeout: time.Minute,
	}
}

func output(j job.Job, size int64) job.Output {
	name, contentType := example, "audio/wav"
	if j.API == job.Transcodes {
		name, contentType = j.ID+".mp3", "audio/mpeg"
	}
	return job.Output{Name: name, Key: job.OutputKey(j.ID, 1, name), ContentType: contentType, Bytes: size}
}

// render makes a small file with the machine's ffmpeg.
func render(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	path := filepath.Join(dir, name)
	args = append([]string{"-nostdin", "-y", "-v", "error"}, append(args, path)...)
	if out, err := exec.CommandContext(ctx, "ffmpeg", args...).CombinedOutput(); err != nil { //nolint:gosec // our own words
		return nil, fmt.Errorf("make %s with ffmpeg: %w: %s", name, err, out)
	}
	defer os.Remove(path) //nolint:errcheck // in a folder of ours
	return os.ReadFile(path)
}
