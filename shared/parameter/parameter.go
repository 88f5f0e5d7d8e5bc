// Package parameter keeps secrets that all functions share in SSM's Parameter Store: the key that signs links, the
// master secret of webhooks. A secret makes itself when it is first asked for, so a new deployment needs no step for it.
package parameter

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/fflambda/fflambda/shared/job"
)

// Bytes is the length of a secret.
const Bytes = 32

// Fresh is how long a secret that was read is used before it is read again: so long after Replace nobody uses the old
// one any more. SSM answers 40 times a second in each account and region (SSM endpoints and quotas, GetParameter).
const Fresh = time.Minute

// Secret is one parameter of type SecureString: Bytes random bytes as Base64, or twice as many where two secrets are
// valid, one behind the other. It is safe for concurrent use. To have a new one made, delete the parameter.
type Secret struct {
	client *ssm.Client
	name   string
	turn   chan struct{} // holds one token; who has it may ask SSM and set the rest
	value  []byte        // nil until it is known
	asked  time.Time     // when it was last read, by the wall clock: the other one stands still while a Lambda is frozen
}

// New is the secret under that name ("/fflambda/link-key"). It does not call SSM.
func New(client *ssm.Client, name string) *Secret {
	s := &Secret{client: client, name: name, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	return s
}

// Bytes reads the secret, or makes it where it is not there yet; of several that do so at once, all get the same.
// It asks SSM until it has an answer, and after that once in Fresh. Where SSM then does not answer, what is known counts
// for as long again. It needs ssm:GetParameter and ssm:PutParameter on the parameter. The caller does not change what it gets.
func (s *Secret) Bytes(ctx context.Context) ([]byte, error) {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, fmt.Errorf("read the parameter %s: %w", s.name, ctx.Err())
	}
	now := time.Now().Round(0)
	if age := now.Sub(s.asked); s.value != nil && age >= 0 && age < Fresh {
		return s.value, nil
	}
	value, err := s.read(ctx)
	if _, missing := errors.AsType[*types.ParameterNotFound](err); missing {
		value, err = s.create(ctx)
	}
	if err != nil && s.value == nil {
		return nil, err
	}
	s.asked = now
	if err == nil {
		s.value = value
	}
	return s.value, nil
}

// Replace puts another value in the secret's place, for everybody, within Fresh. It needs ssm:PutParameter.
func (s *Secret) Replace(ctx context.Context, value []byte) error {
	_, err := s.client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &s.name, Value: aws.String(base64.StdEncoding.EncodeToString(value)), Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("replace the parameter %s: %w", s.name, err)
	}
	return nil
}

func (s *Secret) read(ctx context.Context) ([]byte, error) {
	out, err := s.client.GetParameter(ctx, &ssm.GetParameterInput{Name: &s.name, WithDecryption: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("read the parameter %s: %w", s.name, err)
	}
	value, err := base64.StdEncoding.DecodeString(aws.ToString(out.Parameter.Value))
	if err != nil || len(value) != Bytes && len(value) != 2*Bytes { // err would quote the secret's place, and tell nothing more
		return nil, fmt.Errorf("read the parameter %s: it is not the Base64 of %d or %d bytes: restore it, or delete it to have a new one made",
			s.name, Bytes, 2*Bytes)
	}
	return value, nil
}

// create makes the secret, unless somebody else is faster: then it is theirs.
func (s *Secret) create(ctx context.Context) ([]byte, error) {
	value := make([]byte, Bytes)
	rand.Read(value) // documented never to fail
	_, err := s.client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &s.name, Value: aws.String(base64.StdEncoding.EncodeToString(value)), Type: types.ParameterTypeSecureString,
		Overwrite: aws.Bool(false), Description: aws.String("Made by fflambda. Delete it to have a new one made."),
	})
	if _, taken := errors.AsType[*types.ParameterAlreadyExists](err); taken {
		value, err := s.read(ctx)
		if _, missing := errors.AsType[*types.ParameterNotFound](err); missing {
			// It exists, but not everywhere yet.
			err = fmt.Errorf("%w: %w", job.ErrBusy, err)
		}
		return value, err
	}
	if err != nil {
		return nil, fmt.Errorf("make the parameter %s: %w", s.name, err)
	}
	return value, nil
}
