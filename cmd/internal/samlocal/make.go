package samlocal

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/table"
)

// publicURL is where `sam local start-api` answers, unless it is told otherwise.
const publicURL = "http://127.0.0.1:3000"

func (w *World) makeTable(ctx context.Context) error {
	return table.CreateTable(ctx, dynamodb.NewFromConfig(w.AWS), Table)
}

func (w *World) makeQueues(ctx context.Context) (err error) {
	client, c := sqs.NewFromConfig(w.AWS), queue.Config{Visibility: w.Visibility, MaxReceive: w.MaxReceive}
	if w.Jobs, err = queue.Create(ctx, client, "jobs", c); err != nil {
		return err
	}
	if w.Notices, err = queue.Create(ctx, client, "notices", c); err != nil {
		return err
	}
	w.Inbox, err = queue.Create(ctx, client, "inbox", c)
	return err
}

// makeBucket makes a bucket that tells of objects under inbox/. S3 tells Lambda; here a queue is told, and Pump passes it on.
func (w *World) makeBucket(ctx context.Context) error {
	client := s3.NewFromConfig(w.AWS)
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(Bucket)}); err != nil {
		return fmt.Errorf("make the bucket: %w", err)
	}
	arn, err := sqs.NewFromConfig(w.AWS).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &w.Inbox.URL, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	if err != nil {
		return err
	}
	_, err = client.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{
		Bucket: aws.String(Bucket),
		NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: []s3types.QueueConfiguration{{
			QueueArn: aws.String(arn.Attributes["QueueArn"]),
			Events:   []s3types.Event{"s3:ObjectCreated:*"},
			Filter: &s3types.NotificationConfigurationFilter{Key: &s3types.S3KeyFilter{FilterRules: []s3types.FilterRule{
				{Name: s3types.FilterRuleNamePrefix, Value: aws.String(job.InboxPrefix)},
			}}},
		}}},
	})
	return err
}

// seed adds the key that the example events send.
func (w *World) seed(ctx context.Context) error {
	t := table.New(dynamodb.NewFromConfig(w.AWS), table.Config{Name: Table})
	key := job.Key{ID: "example1", Owner: Owner, Hash: job.HashKey(Secret), CreatedAt: job.Milli(time.Now())}
	if err := t.Keys().Add(ctx, key); err != nil {
		return err
	}
	return w.seedExamples(ctx, t.Jobs())
}

// writeEnv writes what SAM puts into the environment of every function, as far as the template declares it.
func (w *World) writeEnv() error {
	env := map[string]map[string]string{"Parameters": {
		"AWS_ENDPOINT_URL":           w.Endpoint,
		"AWS_ENDPOINT_URL_DYNAMODB":  w.Endpoint,
		"FFLAMBDA_TABLE":             Table,
		"FFLAMBDA_BUCKET":            Bucket,
		"FFLAMBDA_QUEUE_URL":         w.Jobs.URL,
		"FFLAMBDA_DEAD_URL":          w.Jobs.DeadURL,
		"FFLAMBDA_NOTICES_URL":       w.Notices.URL,
		"FFLAMBDA_LINK_PARAMETER":    linkName,
		"FFLAMBDA_WEBHOOK_PARAMETER": hookName,
		"FFLAMBDA_ALLOW_PRIVATE":     w.Bridge,
		"FFLAMBDA_LOG_LEVEL":         "debug",
		"FFLAMBDA_RATE_LIMIT":        "0",
	}}
	for _, function := range []string{"Webhook", "Ingest"} { // the others know from their requests
		env[function] = map[string]string{"FFLAMBDA_PUBLIC_URL": publicURL}
	}
	b, err := json.MarshalIndent(env, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(w.envPath(), b, 0o600)
}

func (w *World) envPath() string { return filepath.Join(w.Dir, "env.json") }
