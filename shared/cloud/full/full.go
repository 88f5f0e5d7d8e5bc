// Package full loads the AWS config of a program that may run anywhere: it knows all of the SDK's sources, the roles
// of ECS and EC2, profiles and single sign-on. Functions do not link it; package cloud has enough for them.
package full

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/fflambda/fflambda/shared/cloud"
)

// Load reads the SDK's environment variables and files, and prepares the config as cloud does. It finds the region or
// fails; credentials are looked for by the first call that needs them.
func Load(ctx context.Context) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS config: %w", err)
	}
	if cfg.Region == "" {
		return aws.Config{}, errors.New("no AWS region: set AWS_REGION")
	}
	return cloud.Prepare(cfg), nil
}
