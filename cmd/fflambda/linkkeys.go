package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/fflambda/fflambda/shared/cloud/full"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/parameter"
)

var errLinksUsage = errors.New("usage: fflambda links [--data DIR | --link-parameter NAME] rotate")

// links replaces the key that signs download links. It works beside a running server, which sees the change at once.
func (p *program) links(ctx context.Context, args []string) error {
	c, rest, err := config.Store(args, p.environ)
	if err != nil {
		return err
	}
	if len(rest) != 1 || rest[0] != "rotate" {
		return errLinksUsage
	}
	if c.AWS.LinkParameter != "" {
		err = p.rotateParameter(ctx, c.AWS.LinkParameter)
	} else if err = makeData(c.Data); err == nil {
		err = link.RotateFile(linkKeyPath(c.Data))
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, "links are signed with a new key; those of the key before still work until the next rotation")
	return nil
}

// rotateParameter changes an SSM parameter in two steps, so that no function signs a link that another does not know yet.
// If it is stopped between the two nothing is lost: the key that signed goes on signing.
func (p *program) rotateParameter(ctx context.Context, name string) error {
	cfg, err := full.Load(ctx)
	if err != nil {
		return err
	}
	secret := parameter.New(ssm.NewFromConfig(cfg), name)
	held, err := secret.Bytes(ctx)
	if err != nil {
		return err
	}
	if held, err = link.Announce(held); err != nil {
		return err
	}
	if err := secret.Replace(ctx, held); err != nil {
		return err
	}
	const all = 2 * parameter.Fresh // until every function has read it, with some time to spare
	fmt.Fprintf(p.errOut, "waiting %s for every function to learn the new key\n", all)
	select {
	case <-time.After(all):
	case <-ctx.Done():
		return fmt.Errorf("the new key does not sign yet; rotate again: %w", ctx.Err())
	}
	if held, err = link.Turn(held); err != nil {
		return err
	}
	return secret.Replace(ctx, held)
}
