// Package cloud is how every program of ours reaches AWS: one aws.Config with the region, the credentials and the
// endpoints, and with our retries, our time limits and our mark on errors that can pass (job.ErrBusy).
//
// A function calls Environment. A program that may run anywhere calls Load of package full, which knows profiles and
// the roles of containers and machines too, for 1.8 MB and 3 ms of start more. Both make their clients with the
// NewFromConfig of the service's own package.
package cloud

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Environment is the config that Lambda's environment gives to a function: AWS_REGION (or AWS_DEFAULT_REGION),
// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; for stand-ins also AWS_ENDPOINT_URL and, before it,
// AWS_ENDPOINT_URL_DYNAMODB, _S3, _SQS and _SSM. A variable that is empty counts as not set.
// One error names all that is missing. It does not call AWS.
func Environment(getenv func(string) string) (aws.Config, error) {
	region := getenv("AWS_REGION")
	if region == "" {
		region = getenv("AWS_DEFAULT_REGION")
	}
	key, secret := getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY")
	var missing []string
	for _, v := range []struct{ name, value string }{
		{"AWS_REGION", region}, {"AWS_ACCESS_KEY_ID", key}, {"AWS_SECRET_ACCESS_KEY", secret},
	} {
		if v.value == "" {
			missing = append(missing, v.name)
		}
	}
	if missing != nil {
		return aws.Config{}, fmt.Errorf("not set in the environment: %s", strings.Join(missing, ", "))
	}
	cfg := aws.Config{
		Region:        region,
		Credentials:   credentials.NewStaticCredentialsProvider(key, secret, getenv("AWS_SESSION_TOKEN")),
		ConfigSources: []any{endpoints(getenv)},
	}
	if url := getenv("AWS_ENDPOINT_URL"); url != "" {
		cfg.BaseEndpoint = &url
	}
	return Prepare(cfg), nil
}

// endpoints looks up a service's own endpoint. The clients ask their ConfigSources for it by this method; without
// config.LoadDefaultConfig nobody else answers.
type endpoints func(getenv string) string

func (getenv endpoints) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	url := getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_")))
	return url, url != "", nil
}
