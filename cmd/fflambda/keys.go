package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/job"
)

var errKeysUsage = errors.New("usage: fflambda keys [--data DIR | --table TABLE] add NAME | list | revoke ID | secret ID | rotate-secret ID")

// keys makes, lists and revokes API keys. It works beside a running server, which sees the change at once.
func (p *program) keys(ctx context.Context, args []string) error {
	c, rest, err := config.Store(args, p.environ)
	if err != nil {
		return err
	}
	verb, arg, ok := keysVerb(rest)
	if !ok {
		return errKeysUsage
	}
	k, err := openKeys(ctx, c)
	if err != nil {
		return err
	}
	defer k.close()
	switch verb {
	case "add":
		return p.addKey(ctx, k, arg)
	case "revoke":
		return p.revokeKey(ctx, k, arg)
	case "secret":
		return p.keySecret(ctx, k, arg)
	case "rotate-secret":
		return p.rotateSecret(ctx, k, arg)
	}
	return p.listKeys(ctx, k)
}

func keysVerb(args []string) (verb, arg string, ok bool) {
	switch {
	case len(args) == 1 && args[0] == "list":
		return args[0], "", true
	case len(args) == 2 && slices.Contains([]string{"add", "revoke", "secret", "rotate-secret"}, args[0]):
		return args[0], args[1], true
	}
	return "", "", false
}

// addKey prints the key, and only that, to out.
func (p *program) addKey(ctx context.Context, store keyStore, owner string) error {
	if !job.IsOwner(owner) {
		return fmt.Errorf("%q cannot be the name of an owner: up to 64 letters, digits, - and _, beginning with a letter or digit", owner)
	}
	k, secret := job.NewKey(owner, time.Now())
	if err := store.Add(ctx, k); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s\n", secret)
	fmt.Fprintf(p.errOut, "This is key %s of %s. It is not shown again.\n", k.ID, k.Owner)
	if secrets, err := store.secrets(ctx); err != nil {
		fmt.Fprintf(p.errOut, "The webhooks of its jobs are signed with a secret that could not be read: %v.\n", err)
	} else {
		fmt.Fprintf(p.errOut, "The webhooks of its jobs are signed with %s (see fflambda keys secret %s).\n", secrets.Of(k.ID, 0), k.ID)
	}
	return nil
}

func (p *program) listKeys(ctx context.Context, store keyStore) error {
	all, err := store.all(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tOWNER\tCREATED\tREVOKED")
	for _, k := range all {
		fmt.Fprintln(w, strings.Join([]string{k.ID, k.Owner, shortTime(k.CreatedAt), shortTime(k.RevokedAt)}, "\t"))
	}
	return w.Flush()
}

// shortTime is a dash for the zero time.
func shortTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}

func (p *program) revokeKey(ctx context.Context, store keyStore, id string) error {
	if slices.ContainsFunc(store.fixed, func(k job.Key) bool { return k.ID == id }) {
		return fmt.Errorf("key %s is one of FFLAMBDA_API_KEYS: take it out there, and start the server anew", id)
	}
	err := store.Revoke(ctx, id, time.Now())
	if errors.Is(err, job.ErrNoKey) {
		return noKey(id)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "revoked %s\n", id)
	return nil
}

func noKey(id string) error {
	return fmt.Errorf("there is no key %q; fflambda keys list shows them", id)
}
