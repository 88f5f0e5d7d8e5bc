package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/job"
)

// keyring finds keys: the fixed ones of the configuration, then those in the store.
type keyring struct {
	fixed map[string]job.Key // by hash
	store keys
}

func newKeyring(fixed []config.Key, store keys) *keyring {
	k := &keyring{fixed: make(map[string]job.Key, len(fixed)), store: store}
	for _, f := range fixed {
		made := fixedKey(f)
		k.fixed[made.Hash] = made
	}
	return k
}

// fixedKey is a key of the configuration. Its id comes from the key alone: it is the same after every start, and the
// secret of its webhooks with it.
func fixedKey(f config.Key) job.Key {
	h := job.HashKey(string(f.Secret))
	return job.Key{ID: "fixed-" + h[:8], Owner: f.Owner, Hash: h}
}

// Find is the key with the hash, or job.ErrNoKey.
func (k *keyring) Find(ctx context.Context, hash string) (job.Key, error) {
	if f, ok := k.fixed[hash]; ok {
		return f, nil
	}
	return k.store.Find(ctx, hash)
}

// first makes the first key of a server that has none, and shows it with a line to try it.
func (k *keyring) first(ctx context.Context, out io.Writer, publicURL string) error {
	if len(k.fixed) > 0 {
		return nil
	}
	all, err := k.store.List(ctx)
	if err != nil || len(all) > 0 {
		return err
	}
	made, secret := job.NewKey("default", time.Now())
	if err := k.store.Add(ctx, made); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, `This server had no API key yet. Here is one; it is not shown again:

  %[1]s

Try it:

  curl -H "Authorization: Bearer %[1]s" %[2]s/v1/transcodes

`, secret, publicURL)
	return err
}
