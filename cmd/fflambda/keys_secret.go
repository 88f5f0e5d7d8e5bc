package main

import (
	"context"
	"fmt"
	"time"

	"github.com/fflambda/fflambda/shared/hooks"
	"github.com/fflambda/fflambda/shared/job"
)

// keySecret prints what the webhooks of a key's jobs are signed with, as receivers' Standard Webhooks libraries take it.
func (p *program) keySecret(ctx context.Context, store keyStore, id string) error {
	if err := store.signs(ctx, id); err != nil {
		return err
	}
	secrets, err := store.secrets(ctx)
	if err != nil {
		return err
	}
	r, err := store.Rotation(ctx, id)
	if err != nil {
		return err
	}
	p.showSecret(secrets, id, r)
	return nil
}

// rotateSecret replaces it by a new one. Servers and functions know at the next webhook.
func (p *program) rotateSecret(ctx context.Context, store keyStore, id string) error {
	if err := store.signs(ctx, id); err != nil {
		return err
	}
	secrets, err := store.secrets(ctx) // first: a secret that nobody can print must not come to sign
	if err != nil {
		return err
	}
	r, err := store.Rotate(ctx, id, time.Now())
	if err != nil {
		return err
	}
	p.showSecret(secrets, id, r)
	return nil
}

// showSecret writes the secret that receivers are to have, and only that, to out.
func (p *program) showSecret(secrets *hooks.Secrets, id string, r job.Rotation) {
	fmt.Fprintln(p.out, secrets.Of(id, r.Generation))
	if len(secrets.Valid(id, r, time.Now())) > 1 {
		fmt.Fprintf(p.errOut, "Until %s webhooks are signed with the secret before it, too. Another rotation ends that at once.\n",
			r.At.Add(hooks.Overlap).Format(time.RFC3339))
	}
}
