package main

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
	"github.com/fflambda/fflambda/shared/queue"
	"github.com/fflambda/fflambda/shared/service"
	"github.com/fflambda/fflambda/shared/table"
)

// stack makes in stand-ins what template.yaml makes in AWS, and returns the environment of a server that uses it.
func stack(t *testing.T) []string {
	t.Helper()
	env := map[string]string{
		"AWS_ENDPOINT_URL": standin.Moto(t), "AWS_ENDPOINT_URL_DYNAMODB": standin.DynamoDB(t), // in moto two conditional writes can win
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
	}
	cfg, err := cloud.Environment(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	name := "serve-" + strings.ToLower(t.Name())
	if err := table.CreateTable(t.Context(), dynamodb.NewFromConfig(cfg), name); err != nil {
		t.Fatal(err)
	}
	jobs, err := queue.Create(t.Context(), sqs.NewFromConfig(cfg), name, queue.Config{Visibility: time.Minute, MaxReceive: service.MaxReceive})
	if err != nil {
		t.Fatal(err)
	}
	notices, err := queue.Create(t.Context(), sqs.NewFromConfig(cfg), name+"-notices", queue.Config{Visibility: time.Minute, MaxReceive: 5})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s3.NewFromConfig(cfg).CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: aws.String(name), CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"},
	}); err != nil {
		t.Fatal(err)
	}
	settings := []string{
		"FFLAMBDA_STORE=aws", "FFLAMBDA_TABLE=" + name, "FFLAMBDA_BUCKET=" + name, "FFLAMBDA_QUEUE_URL=" + jobs.URL, "FFLAMBDA_DEAD_URL=" + jobs.DeadURL,
		"FFLAMBDA_NOTICES_URL=" + notices.URL, "FFLAMBDA_LINK_PARAMETER=/" + name + "/link", "FFLAMBDA_WEBHOOK_PARAMETER=/" + name + "/webhook",
	}
	for k, v := range env {
		settings = append(settings, k+"="+v)
	}
	return settings
}

// TestServeFromAWS: the same program on a table, a queue and a bucket in AWS, with both flows and a key of `keys add --table`.
func TestServeFromAWS(t *testing.T) {
	t.Parallel()
	requireFFmpeg(t)
	env := stack(t)
	s := start(t, options{env: env, args: []string{"--workers", "1"}})
	if h := s.do(t, "", "GET", "/health-check", nil); h.status != 200 {
		t.Fatalf("%d %s", h.status, h.body)
	}
	made, err := command(env, "keys", "add", "alice").Output()
	if err != nil {
		t.Fatal(err)
	}
	key := strings.TrimSpace(string(made))

	source := s.upload(t, key, clip(t), "video/mp4")
	done := s.transcode(t, object{"inputs": []object{{"url": source}}, "outputFormat": "webm", "preset": object{"resolution": "480p"}})
	if done.text("status") != "completed" {
		t.Fatalf("%s", done.body)
	}
	link := s.do(t, key, "GET", "/v1/transcodes/"+done.text("id")+"/download", nil).text("url")
	if file := s.do(t, "", "GET", link, nil); file.status != 200 || file.header.Get("Content-Type") != "video/webm" {
		t.Errorf("the download: %d %v", file.status, file.header)
	}

	waited := s.do(t, key, "POST", "/api/ffmpeg?wait=true", tone(nil))
	redirect := s.do(t, "", "GET", waited.text("data", "output_files", "tone.wav"), nil)
	if redirect.status != 302 {
		t.Fatalf("the link: %d %s; the job: %s", redirect.status, redirect.body, waited.body)
	}
	if file := s.do(t, "", "GET", redirect.header.Get("Location"), nil); file.status != 200 || len(file.body) == 0 {
		t.Errorf("where the link leads: %d", file.status)
	}
}

// TestServeFromAWSNeedsNames: what is missing is told in one line.
func TestServeFromAWSNeedsNames(t *testing.T) {
	t.Parallel()
	out, err := command([]string{"FFLAMBDA_TABLE=t"}, "serve", "--store", "aws", "--data", t.TempDir()).CombinedOutput()
	want := "fflambda: missing: FFLAMBDA_BUCKET, FFLAMBDA_QUEUE_URL, FFLAMBDA_DEAD_URL, FFLAMBDA_NOTICES_URL, FFLAMBDA_LINK_PARAMETER, FFLAMBDA_WEBHOOK_PARAMETER\n"
	if err == nil || string(out) != want {
		t.Errorf("%v: %s", err, out)
	}
}
