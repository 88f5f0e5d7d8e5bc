package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/fflambda/fflambda/shared/cloud/full"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/hooks"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/notify"
	"github.com/fflambda/fflambda/shared/parameter"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/service"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/table"
	"github.com/fflambda/fflambda/shared/worker"
)

// keyStore is what subcommands work on beside a running server: keys, what signs for them, and jobs to tell of.
type keyStore struct {
	keys
	rotations
	fixed   []job.Key
	jobs    storedJobs
	queue   sender // of jobs; nil: not named
	notices sender // nil: not named
	master  func(context.Context) ([]byte, error)
	close   func()
}

type rotations interface {
	Rotation(ctx context.Context, id string) (job.Rotation, error)
	Rotate(ctx context.Context, id string, at time.Time) (job.Rotation, error)
}

type storedJobs interface {
	Create(ctx context.Context, j job.Job) (stored job.Job, created bool, err error)
	Find(ctx context.Context, id string) (job.Job, error)
	List(ctx context.Context, q job.Query) (job.Page, error)
	Move(ctx context.Context, id string, m job.Move) (job.Job, error)
}

type sender interface {
	Send(ctx context.Context, body, group string, delay time.Duration) error
}

// openKeys opens what is in the data folder, or in a table in AWS. close is to be called in the end.
func openKeys(ctx context.Context, c config.Serve) (keyStore, error) {
	open := openLocalKeys
	if c.InAWS() {
		open = openAWSKeys
	}
	k, err := open(ctx, c)
	for _, f := range c.APIKeys {
		k.fixed = append(k.fixed, fixedKey(f))
	}
	return k, err
}

func openLocalKeys(ctx context.Context, c config.Serve) (keyStore, error) {
	if err := makeData(c.Data); err != nil {
		return keyStore{}, err
	}
	db, err := sqlite.Open(ctx, databasePath(c.Data))
	if err != nil {
		return keyStore{}, err
	}
	return keyStore{
		keys: db.Keys(), rotations: db.Keys(), jobs: db.Jobs(),
		queue:   db.Queue("jobs", sqlite.QueueConfig{Visibility: worker.Visibility(), MaxReceive: service.MaxReceive}),
		notices: db.Queue("notices", sqlite.QueueConfig{Visibility: notify.Visibility}),
		master:  func(context.Context) ([]byte, error) { return link.KeyFile(webhookKeyPath(c.Data)) },
		close:   func() { _ = db.Close() }, // every change was committed before it was answered
	}, nil
}

func openAWSKeys(ctx context.Context, c config.Serve) (keyStore, error) {
	cfg, err := full.Load(ctx)
	if err != nil {
		return keyStore{}, err
	}
	store := table.New(dynamodb.NewFromConfig(cfg), table.Config{Name: c.AWS.Table})
	k := keyStore{keys: store.Keys(), rotations: store.Keys(), jobs: store.Jobs(), close: func() {}}
	k.master = func(context.Context) ([]byte, error) {
		return nil, errors.New("the secrets are made of what --webhook-parameter names in AWS")
	}
	if c.AWS.WebhookParameter != "" {
		k.master = parameter.New(ssm.NewFromConfig(cfg), c.AWS.WebhookParameter).Bytes
	}
	if c.AWS.QueueURL != "" {
		k.queue = queue.New(sqs.NewFromConfig(cfg), queue.Config{URL: c.AWS.QueueURL})
	}
	if c.AWS.NoticesURL != "" {
		k.notices = queue.New(sqs.NewFromConfig(cfg), queue.Config{URL: c.AWS.NoticesURL})
	}
	return k, nil
}

// all are the keys that exist, fixed ones first.
func (k keyStore) all(ctx context.Context) ([]job.Key, error) {
	stored, err := k.List(ctx)
	return slices.Concat(k.fixed, stored), err
}

// signs refuses an id that no webhook is signed for: it is neither a key's nor "inbox/OWNER", for the jobs of an inbox
// have no key.
func (k keyStore) signs(ctx context.Context, id string) error {
	if owner, inbox := strings.CutPrefix(id, job.InboxPrefix); inbox && job.IsOwner(owner) {
		return nil
	}
	all, err := k.all(ctx)
	if err == nil && !slices.ContainsFunc(all, func(k job.Key) bool { return k.ID == id }) {
		err = noKey(id)
	}
	return err
}

// secrets are what webhooks are signed with.
func (k keyStore) secrets(ctx context.Context) (*hooks.Secrets, error) {
	master, err := k.master(ctx)
	if err != nil {
		return nil, err
	}
	return hooks.NewSecrets(master)
}

// job finds the job that somebody has named on the command line.
func (k keyStore) job(ctx context.Context, id string) (job.Job, error) {
	if !job.IsID(id) {
		return job.Job{}, fmt.Errorf("%q is no job's id", id)
	}
	j, err := k.jobs.Find(ctx, id)
	if errors.Is(err, job.ErrNotFound) {
		return job.Job{}, fmt.Errorf("there is no job %s", id)
	}
	return j, err
}

// eachRecent calls do for the owner's newest jobs in those states, as many as recent of each API, the newest first.
func eachRecent(ctx context.Context, jobs storedJobs, owner string, states []job.State, do func(job.Job) error) error {
	for _, api := range []job.API{job.FFmpeg, job.Transcodes} {
		q := job.Query{Owner: owner, API: api, States: states, Limit: recentPage}
		for more := true; more && q.Offset < recent; q.Offset += recentPage {
			page, err := jobs.List(ctx, q)
			if err != nil {
				return err
			}
			for _, j := range page.Jobs {
				if err := do(j); err != nil {
					return err
				}
			}
			more = len(page.Jobs) == recentPage
		}
	}
	return nil
}
