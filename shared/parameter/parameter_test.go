package parameter_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/cloud"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/jobtest/standin"
	"github.com/fflambda/fflambda/shared/parameter"
)

// config is that of a function whose AWS is moto. moto takes seconds for its first call of a service; nobody counts that one.
func config(t *testing.T) aws.Config {
	t.Helper()
	env := map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": standin.Moto(t),
	}
	cfg, err := cloud.Environment(func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ssm.NewFromConfig(cfg).DescribeParameters(t.Context(), &ssm.DescribeParametersInput{}); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestRace: of many functions that start at once, all get the same secret.
func TestRace(t *testing.T) {
	t.Parallel()
	const functions = 20
	cfg, name := config(t), "/test/"+job.NewID()
	secrets := make([][]byte, functions)
	var all sync.WaitGroup
	for i := range functions {
		all.Go(func() {
			var err error
			if secrets[i], err = parameter.New(ssm.NewFromConfig(cfg), name).Bytes(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, s := range secrets {
		if len(s) != parameter.Bytes || !bytes.Equal(s, secrets[0]) || bytes.Equal(s, make([]byte, parameter.Bytes)) {
			t.Errorf("function %d has another secret than the first, or none: %d bytes", i, len(s))
		}
	}
	client := ssm.NewFromConfig(cfg)
	out, err := client.GetParameter(t.Context(), &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil || out.Parameter.Type != types.ParameterTypeSecureString || aws.ToString(out.Parameter.Value) != base64.StdEncoding.EncodeToString(secrets[0]) {
		t.Errorf("stored is %+v, %v", out, err)
	}
}

// TestOnce: one process asks once, however many of its requests need the secret, and a new one only reads.
func TestOnce(t *testing.T) {
	t.Parallel()
	cfg, name := config(t), "/test/"+job.NewID()
	counter := cloud.Count(&cfg)
	first := parameter.New(ssm.NewFromConfig(cfg), name)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := first.Bytes(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if d := cmp.Diff(map[string]int{"SSM.GetParameter": 1, "SSM.PutParameter": 1}, counter.Calls()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	if _, err := parameter.New(ssm.NewFromConfig(cfg), name).Bytes(t.Context()); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff(map[string]int{"SSM.GetParameter": 2, "SSM.PutParameter": 1}, counter.Calls()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
}

// TestErrors: what is no secret of ours is refused, what can pass says so and is asked for again.
func TestErrors(t *testing.T) {
	t.Parallel()
	cfg, name := config(t), "/test/"+job.NewID()
	client := ssm.NewFromConfig(cfg)
	for _, value := range []string{"correct horse battery staple", "AAAA"} {
		if _, err := client.PutParameter(t.Context(), &ssm.PutParameterInput{
			Name: &name, Value: &value, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
		}); err != nil {
			t.Fatal(err)
		}
		if b, err := parameter.New(client, name).Bytes(t.Context()); err == nil || errors.Is(err, job.ErrBusy) {
			t.Errorf("%q as a parameter is the secret %x, %v", value, b, err)
		}
	}
	deaf := cfg.Copy()
	deaf.BaseEndpoint = aws.String("http://127.0.0.1:1")
	gone := parameter.New(ssm.NewFromConfig(deaf), name)
	if _, err := gone.Bytes(t.Context()); !errors.Is(err, job.ErrBusy) {
		t.Errorf("out of reach: %v, want job.ErrBusy", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := gone.Bytes(ended); !errors.Is(err, context.Canceled) || errors.Is(err, job.ErrBusy) {
		t.Errorf("after the caller's end: %v", err)
	}
}

// TestReplace: a new value is seen when the old one is no longer fresh, and one that is known outlives SSM.
func TestReplace(t *testing.T) {
	t.Parallel()
	cfg, name := config(t), "/test/"+job.NewID()
	s := parameter.New(ssm.NewFromConfig(cfg), name)
	first, err := s.Bytes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	two := append(bytes.Repeat([]byte{7}, parameter.Bytes), first...)
	if err := parameter.New(ssm.NewFromConfig(cfg), name).Replace(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Bytes(t.Context()); err != nil || !bytes.Equal(got, first) {
		t.Errorf("while it is fresh: %d bytes, %v", len(got), err)
	}
	s.Age()
	if got, err := s.Bytes(t.Context()); err != nil || !bytes.Equal(got, two) {
		t.Errorf("later: %d bytes, %v; want both keys", len(got), err)
	}
	broken := "no secret"
	if _, err := ssm.NewFromConfig(cfg).PutParameter(t.Context(), &ssm.PutParameterInput{
		Name: &name, Value: &broken, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	}); err != nil {
		t.Fatal(err)
	}
	s.Age()
	if got, err := s.Bytes(t.Context()); err != nil || !bytes.Equal(got, two) {
		t.Errorf("while it cannot be read: %d bytes, %v; want what was known", len(got), err)
	}
}
