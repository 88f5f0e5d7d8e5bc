package full_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/fflambda/fflambda/shared/cloud/full"
)

// alone has the SDK find nothing but what the test sets.
func alone(t *testing.T, set map[string]string) {
	t.Helper()
	for _, name := range []string{"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/config")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/credentials")
	for name, value := range set {
		t.Setenv(name, value)
	}
}

func TestLoad(t *testing.T) {
	alone(t, map[string]string{
		"AWS_REGION": "eu-north-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:2",
	})
	cfg, err := full.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bucket := s3.NewFromConfig(cfg).Options()
	if aws.ToString(bucket.BaseEndpoint) != "http://127.0.0.1:1" || !bucket.UsePathStyle {
		t.Errorf("S3's endpoint is %q, path style %t", aws.ToString(bucket.BaseEndpoint), bucket.UsePathStyle)
	}
	table := dynamodb.NewFromConfig(cfg).Options()
	if aws.ToString(table.BaseEndpoint) != "http://127.0.0.1:2" || table.Region != "eu-north-1" || table.AppID != "fflambda" {
		t.Errorf("DynamoDB's endpoint is %q, region %s, app %s", aws.ToString(table.BaseEndpoint), table.Region, table.AppID)
	}
}

// TestEmptyEndpoint: an empty variable is none, and no custom endpoint means no path style.
func TestEmptyEndpoint(t *testing.T) {
	alone(t, map[string]string{"AWS_REGION": "eu-north-1"})
	cfg, err := full.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if o := s3.NewFromConfig(cfg).Options(); aws.ToString(o.BaseEndpoint) != "" || o.UsePathStyle {
		t.Errorf("S3's endpoint is %q, path style %t", aws.ToString(o.BaseEndpoint), o.UsePathStyle)
	}
}

func TestNoRegion(t *testing.T) {
	alone(t, nil)
	if _, err := full.Load(t.Context()); err == nil || err.Error() != "no AWS region: set AWS_REGION" {
		t.Errorf("error is %v", err)
	}
}
