package worker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/worker"
)

// oneJob is a table with one job.
type oneJob struct{ job.Job }

func (o oneJob) Find(_ context.Context, id string) (job.Job, error) {
	if id != o.ID {
		return job.Job{}, job.ErrNotFound
	}
	return o.Job, nil
}

// TestOwnLinks: a link of ours is the object behind it, in both forms and whatever host and path it names. Nobody is asked.
func TestOwnLinks(t *testing.T) {
	t.Parallel()
	links, err := link.New(make([]byte, link.KeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	id, now := job.NewID(), time.Now()
	source := job.Job{ID: id, Outputs: []job.Output{{Name: "index.m3u8", Key: "jobs/a/1/index.m3u8"}, {Name: "seg 0.ts", Key: "jobs/a/1/seg 0.ts"}}}
	own := worker.Own{Links: func(context.Context) (*link.Signer, error) { return links, nil }, Jobs: oneJob{source}, Bucket: "bucket"}
	later := now.Add(time.Hour)
	file, all, temp := links.Sign(id, "seg 0.ts", later), links.Sign(id, "", later), links.Sign(id, job.TempName, later)
	for raw, want := range map[string]string{
		"http://10.0.0.1/d/" + file:                                  "gs://bucket/jobs/a/1/seg 0.ts",
		"https://a.example:8443/prod//d//" + file + "/":              "gs://bucket/jobs/a/1/seg 0.ts",
		"https://a.example/d/" + file + "?download=1":                "gs://bucket/jobs/a/1/seg 0.ts",
		"https://a.example/d/" + file + "/seg%200.ts":                "gs://bucket/jobs/a/1/seg 0.ts",
		"https://a.example/d/" + all + "/index.m3u8":                 "gs://bucket/jobs/a/1/index.m3u8",
		"https://a.example/prod/d/" + all + "/seg%200.ts":            "gs://bucket/jobs/a/1/seg 0.ts",
		"https://a.example/d/" + temp:                                "gs://bucket/" + job.TempKey(id),
		"https://a.example/d/" + file + "/index.m3u8":                "input_forbidden",
		"https://a.example/d/" + all:                                 "input_forbidden",
		"https://a.example/d/" + links.Sign(id, "", now) + "/x":      "input_forbidden",
		"https://a.example/d/" + all + "/seg1.ts":                    "input_unreachable",
		"https://a.example/d/" + all + "/..%2Findex.m3u8":            "input_unreachable",
		"https://a.example/d/" + links.Sign(job.NewID(), "x", later): "input_unreachable",
		// Not ours.
		"https://a.example/d/" + file[1:]:      "",
		"https://a.example/d/video/index.m3u8": "",
		"https://a.example/e/" + file:          "",
		"https://a.example/d/":                 "",
		"https://a.example/d":                  "",
		"https://a.example/d/" + all + "/a/b":  "",
		"ftp://a.example/d/" + file:            "",
		"gs://bucket/d/" + file:                "",
		"https://a.example/%zz/d/" + file:      "",
		"https://a.example/?x=/d/" + file:      "",
	} {
		if want == "" {
			want = raw
		}
		got, err := own.Resolve(t.Context(), job.Job{CreatedAt: now}, raw)
		var failure *job.Failure
		if errors.As(err, &failure) {
			got = string(failure.Code)
		} else if err != nil {
			t.Error(err)
		}
		if got != want {
			t.Errorf("%s is %s, want %s", raw, got, want)
		}
	}
}
