package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/notify"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/service"
	"github.com/fflambda/fflambda/shared/table"
	"github.com/fflambda/fflambda/shared/toolbox"
	"github.com/fflambda/fflambda/shared/worker"
)

const (
	awsServers = 2
	awsRegion  = "eu-west-1"
)

// inAWS is two servers on one table, which all have what a stack has, in stand-ins for AWS.
func (w *world) inAWS(ctx context.Context, program, root string, s stack) error {
	if s == (stack{}) {
		var err error
		if s, err = w.standIns(ctx, root); err != nil {
			return err
		}
	}
	env := map[string]string{
		"AWS_ENDPOINT_URL": s.moto, "AWS_ENDPOINT_URL_DYNAMODB": s.dynamodb, // in moto two conditional writes can win
		"AWS_REGION": awsRegion, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
	}
	cfg, err := cloud.Environment(func(name string) string { return env[name] })
	if err != nil {
		return err
	}
	name := fmt.Sprintf("chaos-%d", time.Now().UnixNano()) // in a stand-in there may be others
	settings, err := w.makeStack(ctx, cfg, name)
	if err != nil {
		return err
	}
	for k, v := range env {
		settings = append(settings, k+"="+v)
	}
	for range awsServers {
		if _, err := w.addServer(ctx, program, settings...); err != nil {
			return err
		}
	}
	return nil
}

// makeStack makes what template.yaml makes, and returns the settings that name it.
func (w *world) makeStack(ctx context.Context, cfg aws.Config, name string) ([]string, error) {
	quick := time.Duration(w.hurry)
	tables, queues, files := dynamodb.NewFromConfig(cfg), sqs.NewFromConfig(cfg), s3.NewFromConfig(cfg)
	if err := table.CreateTable(ctx, tables, name); err != nil {
		return nil, err
	}
	jobs, err := queue.Create(ctx, queues, name, queue.Config{Visibility: worker.Visibility() / quick, MaxReceive: service.MaxReceive})
	if err != nil {
		return nil, err
	}
	// Of a notice nobody makes a dead letter before it was tried often: its receiver may be down for hours.
	notices, err := queue.Create(ctx, queues, name+"-notices", queue.Config{Visibility: notify.Visibility / quick, MaxReceive: 100})
	if err != nil {
		return nil, err
	}
	if _, err := files.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: awsRegion},
	}); err != nil {
		return nil, err
	}
	w.look = func(context.Context) (store, error) {
		return &awsStore{
			Jobs: table.New(tables, table.Config{Name: name}).Jobs(), s3: files, bucket: name,
			queues: []*queue.Queue{queue.New(queues, jobs), queue.New(queues, notices)},
		}, nil
	}
	return []string{
		"FFLAMBDA_STORE=aws", "FFLAMBDA_TABLE=" + name, "FFLAMBDA_BUCKET=" + name,
		"FFLAMBDA_QUEUE_URL=" + jobs.URL, "FFLAMBDA_DEAD_URL=" + jobs.DeadURL, "FFLAMBDA_NOTICES_URL=" + notices.URL,
		"FFLAMBDA_LINK_PARAMETER=/" + name + "/link", "FFLAMBDA_WEBHOOK_PARAMETER=/" + name + "/webhook",
	}, nil
}

// standIns starts moto and DynamoDB Local.
func (w *world) standIns(ctx context.Context, root string) (stack, error) {
	moto, err := toolbox.Find(root, "moto_server")
	if err != nil {
		return stack{}, fmt.Errorf("%w: `scripts/setup aws` installs it", err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	var s stack
	if s.moto, err = standIn(running, func(port string) []string { return []string{moto, "-H", "127.0.0.1", "-p", port} }); err == nil {
		s.dynamodb, err = standIn(running, func(port string) []string {
			return []string{filepath.Join(root, "scripts", "dynamodb-local"), port}
		})
	}
	if err != nil {
		stop()
		return stack{}, err
	}
	w.hold = stop
	return s, nil
}

// standIn runs a server until ctx ends, and returns its URL when it answers.
func standIn(ctx context.Context, command func(port string) []string) (string, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return "", err
	}
	line := command(address[len("127.0.0.1:"):])
	server := exec.CommandContext(ctx, line[0], line[1:]...)
	server.SysProcAttr = withUs()
	if err := server.Start(); err != nil {
		return "", err
	}
	url := "http://" + address
	ctx, stop := context.WithTimeout(ctx, readyTime)
	defer stop()
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return "", err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			return url, res.Body.Close()
		}
		pause(ctx, againAfter)
	}
	return "", errors.New(line[0] + " does not answer")
}

// pause waits so long, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
