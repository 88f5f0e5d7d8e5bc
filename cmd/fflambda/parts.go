package main

import (
	"context"
	"net/http"
	"os"
	"time"

	"github.com/fflambda/fflambda/shared/bell"
	"github.com/fflambda/fflambda/shared/ffmpeg"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/service"
	"github.com/fflambda/fflambda/shared/sqlite"
)

// parts is where jobs, keys and files are: in the data folder (openLocal) or in AWS (openAWS). All else is the same.
type parts struct {
	service.Parts
	keys keys

	// rates counts requests where other servers may answer some of them. Nil here: this process has them all.
	rates rates

	describe func(ctx context.Context, tools ffmpeg.Tools, object job.ObjectInfo) (*job.Media, error)

	// open opens an object that is a file here. Nil in AWS.
	open func(ctx context.Context, key string) (*os.File, job.ObjectInfo, error)
	// s3 answers the bucket's own requests, where match says so. Nil in AWS.
	s3    http.Handler
	match func(path string) bool

	// inbox is the queue of keys of objects that were put under inbox/. Nil in AWS, where S3 tells a function.
	inbox *sqlite.Queue

	// poll is how often a job that a client waits for is looked at, where only this process ends jobs: that is heard at once.
	// 0 where others do.
	poll time.Duration

	// recover clears up after a server that did not stop by itself; sweep deletes files that are past their time.
	// Nil in AWS, where others may run, and rules of the bucket delete.
	recover func(context.Context) error
	sweep   func(ctx context.Context, before time.Time) (removed int, err error)

	close func(context.Context) error
}

type keys interface {
	Add(ctx context.Context, k job.Key) error
	Find(ctx context.Context, hash string) (job.Key, error)
	List(ctx context.Context) ([]job.Key, error)
	Revoke(ctx context.Context, id string, at time.Time) error
}

type rates interface {
	Take(ctx context.Context, name string, perSecond float64, burst int) (wait time.Duration, ok bool, err error)
}

// ringing is a table that rings when it has ended a job, whoever asked for that: a worker, rescue, a client that cancels.
type ringing struct {
	service.Jobs
	ended *bell.Bell
}

// Move is the table's.
func (r ringing) Move(ctx context.Context, id string, m job.Move) (job.Job, error) {
	j, err := r.Jobs.Move(ctx, id, m)
	if err == nil && j.State.Terminal() {
		r.ended.Ring(j)
	}
	return j, err
}
