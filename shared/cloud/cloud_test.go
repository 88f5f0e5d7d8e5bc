package cloud_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/cloud"
)

// lambda is what a function finds in its environment, and what a test adds to it as NAME=value.
func lambda(more ...string) func(string) string {
	env := map[string]string{
		"AWS_REGION": "eu-north-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
	}
	for _, pair := range more {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return func(name string) string { return env[name] }
}

func load(t *testing.T, more ...string) aws.Config {
	t.Helper()
	cfg, err := cloud.Environment(lambda(more...))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	cfg := load(t)
	c, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil || c.AccessKeyID != "id" || c.SecretAccessKey != "secret" || c.SessionToken != "token" {
		t.Errorf("credentials are %+v, %v", c, err)
	}
	if cfg.Region != "eu-north-1" {
		t.Errorf("region is %q", cfg.Region)
	}
	if cfg := load(t, "AWS_REGION=", "AWS_DEFAULT_REGION=sa-east-1"); cfg.Region != "sa-east-1" {
		t.Errorf("region is %q, want the default one", cfg.Region)
	}
	_, err = cloud.Environment(func(string) string { return "" })
	if err == nil || !strings.HasSuffix(err.Error(), ": AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY") {
		t.Errorf("error is %v, want one that names all that is missing", err)
	}
}

// TestEndpoints: every service's client is pointed where the environment says.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	const all, own = "http://127.0.0.1:1", "http://127.0.0.1:2"
	for _, c := range []struct {
		name string
		env  []string
		want []string // of DynamoDB, S3, SQS, SSM
		path bool
	}{
		{"none", nil, []string{"", "", "", ""}, false},
		{"empty ones", []string{"AWS_ENDPOINT_URL=", "AWS_ENDPOINT_URL_S3="}, []string{"", "", "", ""}, false},
		{"one for all", []string{"AWS_ENDPOINT_URL=" + all}, []string{all, all, all, all}, true},
		{"own ones", []string{
			"AWS_ENDPOINT_URL_DYNAMODB=" + own, "AWS_ENDPOINT_URL_S3=" + own, "AWS_ENDPOINT_URL_SQS=" + own, "AWS_ENDPOINT_URL_SSM=" + own,
		}, []string{own, own, own, own}, true},
		{"both", []string{"AWS_ENDPOINT_URL=" + all, "AWS_ENDPOINT_URL_DYNAMODB=" + own, "AWS_ENDPOINT_URL_SQS="}, []string{own, all, all, all}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := load(t, c.env...)
			bucket := s3.NewFromConfig(cfg).Options()
			var got []string
			for _, endpoint := range []*string{
				dynamodb.NewFromConfig(cfg).Options().BaseEndpoint, bucket.BaseEndpoint,
				sqs.NewFromConfig(cfg).Options().BaseEndpoint, ssm.NewFromConfig(cfg).Options().BaseEndpoint,
			} {
				got = append(got, aws.ToString(endpoint))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("endpoints (-want +got):\n%s", d)
			}
			if bucket.UsePathStyle != c.path {
				t.Errorf("path style is %t", bucket.UsePathStyle)
			}
		})
	}
}

// TestBothEndpoints: the clients look into the process's own environment too, and there the service's own endpoint is first as well.
func TestBothEndpoints(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2")
	cfg := load(t, "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:2")
	if e := aws.ToString(dynamodb.NewFromConfig(cfg).Options().BaseEndpoint); e != "http://127.0.0.1:2" {
		t.Errorf("DynamoDB's endpoint is %q", e)
	}
	if e := aws.ToString(sqs.NewFromConfig(cfg).Options().BaseEndpoint); e != "http://127.0.0.1:1" {
		t.Errorf("SQS's endpoint is %q", e)
	}
}
