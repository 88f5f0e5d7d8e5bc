// Package home puts the functions together: Start reads a function's environment, hands its parts to the function's own
// few lines, and lambda.Start runs what those return. What a function does not use is not linked into it: SQS, S3 and
// ffmpeg are opened by the functions themselves.
package home

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/parameter"
	"github.com/fflambda/fflambda/shared/table"
	"github.com/fflambda/fflambda/shared/transcodes"
)

// version is set by the build: -ldflags "-X github.com/fflambda/fflambda/functions/internal/home.version=…".
var version = "dev"

// Home is what every function has.
type Home struct {
	Config config.Serve
	AWS    aws.Config
	Log    *slog.Logger
	Table  *table.Table
	Local  bool // `sam local` plays AWS

	// Stopping ends when Lambda shuts the environment down, of functions made by StartStoppable; half a second is left then.
	Stopping context.Context

	// Links is the signer of download links. Its key is fetched with the first link: most requests need none.
	Links func(context.Context) (*link.Signer, error)
}

// Start runs a function for ever. build makes its handler, in any form that lambda.Start takes; needs are the settings
// (of shared/config) that the environment must hold. What is missing is told in one line, and ends the process:
// Lambda then answers every call with an error and shows that line in the log.
func Start(build func(h *Home) (handler any, err error), needs ...string) {
	lambda.Start(assemble(context.Background(), build, needs)) //nolint:forbidigo // a function begins here
}

// StartStoppable is Start for a function that has something to do when its environment is shut down. Lambda tells that
// by SIGTERM, and only to functions that register an extension for it.
func StartStoppable(build func(h *Home) (handler any, err error), needs ...string) {
	ctx, stop := context.WithCancel(context.Background()) //nolint:forbidigo // a function begins here
	lambda.StartWithOptions(assemble(ctx, build, needs), lambda.WithEnableSIGTERM(stop))
}

func assemble(stopping context.Context, build func(h *Home) (any, error), needs []string) any {
	h, err := open(needs)
	if err == nil {
		h.Stopping = stopping
		var handler any
		if handler, err = build(h); err == nil {
			return handler
		}
	}
	fmt.Fprintf(os.Stderr, "cannot start: %s\n", strings.ReplaceAll(err.Error(), "\n", "; "))
	os.Exit(1)
	return nil
}

func open(needs []string) (*Home, error) {
	c, settings := config.Function(os.Environ(), append(needs, "table")...)
	cfg, names := cloud.Environment(os.Getenv)
	if err := errors.Join(settings, names); err != nil {
		return nil, err
	}
	h := &Home{
		Config: c,
		AWS:    cfg,
		Log:    slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: c.LogLevel})),
		Table: table.New(dynamodb.NewFromConfig(cfg), table.Config{
			Name: c.AWS.Table, Retention: c.Retention, Meter: job.Meter{Quotas: c.Quotas, Length: transcodes.Billable},
		}),
		Local: os.Getenv("AWS_SAM_LOCAL") == "true",
	}
	h.Links = link.Lazy(h.Secret(c.AWS.LinkParameter).Bytes)
	return h, nil
}

// Secret is the secret that an SSM parameter holds.
func (h *Home) Secret(name string) *parameter.Secret {
	return parameter.New(ssm.NewFromConfig(h.AWS), name)
}

// UserAgent is how this service introduces itself to webhooks and to the hosts of inputs.
func UserAgent() string { return "fflambda/" + version }
