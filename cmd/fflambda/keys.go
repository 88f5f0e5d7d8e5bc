package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/fflambda/fflambda/shared/cloud/full"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/hooks"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/link"
	"github.com/fflambda/fflambda/shared/parameter"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/table"
)

var errKeysUsage = errors.New("usage: fflambda keys [--data DIR | --table TABLE] add NAME | list | revoke ID | secret ID")

// keys makes, lists and revokes API keys. It works beside a running server, which sees the change at once.
func (p *program) keys(ctx context.Context, args []string) error {
	c, rest, err := config.Store(args, p.environ)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(p.out, errKeysUsage)
		return nil
	}
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
	}
	return p.listKeys(ctx, k)
}

// keyStore is where the keys are, and what their webhooks' secrets are made of.
type keyStore struct {
	keys
	master func(context.Context) ([]byte, error)
	close  func()
}

// openKeys opens the keys in the data folder, or in a table in AWS.
func openKeys(ctx context.Context, c config.Serve) (keyStore, error) {
	if c.InAWS() {
		cfg, err := full.Load(ctx)
		if err != nil {
			return keyStore{}, err
		}
		store := table.New(dynamodb.NewFromConfig(cfg), table.Config{Name: c.AWS.Table}).Keys()
		k := keyStore{keys: store, close: func() {}}
		if c.AWS.WebhookParameter != "" {
			k.master = parameter.New(ssm.NewFromConfig(cfg), c.AWS.WebhookParameter).Bytes
		}
		return k, nil
	}
	if err := makeData(c.Data); err != nil {
		return keyStore{}, err
	}
	db, err := sqlite.Open(ctx, databasePath(c.Data))
	if err != nil {
		return keyStore{}, err
	}
	master := func(context.Context) ([]byte, error) { return link.KeyFile(webhookKeyPath(c.Data)) }
	return keyStore{db.Keys(), master, func() { _ = db.Close() }}, nil // every change was committed before it was answered
}

func keysVerb(args []string) (verb, arg string, ok bool) {
	switch {
	case len(args) == 1 && args[0] == "list":
		return args[0], "", true
	case len(args) == 2 && (args[0] == "add" || args[0] == "revoke" || args[0] == "secret"):
		return args[0], args[1], true
	}
	return "", "", false
}

func (p *program) addKey(ctx context.Context, store keys, owner string) error {
	if !job.IsOwner(owner) {
		return fmt.Errorf("%q cannot be the name of an owner: up to 64 letters, digits, - and _, beginning with a letter or digit", owner)
	}
	k, secret := job.NewKey(owner, time.Now())
	if err := store.Add(ctx, k); err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s\n", secret)
	fmt.Fprintf(p.errOut, "This is key %s of %s. It is not shown again.\n", k.ID, k.Owner)
	return nil
}

func (p *program) listKeys(ctx context.Context, store keys) error {
	all, err := store.List(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tOWNER\tCREATED\tREVOKED")
	for _, k := range all {
		revoked := "-"
		if !k.RevokedAt.IsZero() {
			revoked = k.RevokedAt.Format(time.RFC3339)
		}
		fmt.Fprintln(w, strings.Join([]string{k.ID, k.Owner, k.CreatedAt.Format(time.RFC3339), revoked}, "\t"))
	}
	return w.Flush()
}

func (p *program) revokeKey(ctx context.Context, store keys, id string) error {
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

// keySecret prints what the webhooks of a key's jobs are signed with, as receivers' Standard Webhooks libraries take it.
// Jobs of an inbox have no key; theirs is that of "inbox/OWNER".
func (p *program) keySecret(ctx context.Context, store keyStore, id string) error {
	owner, inbox := strings.CutPrefix(id, job.InboxPrefix)
	all, err := store.List(ctx)
	if err != nil {
		return err
	}
	known := slices.ContainsFunc(all, func(k job.Key) bool { return k.ID == id })
	if !known && (!inbox || !job.IsOwner(owner)) {
		return noKey(id)
	}
	if store.master == nil {
		return errors.New("the secrets are made of what --webhook-parameter names in AWS")
	}
	master, err := store.master(ctx)
	if err != nil {
		return err
	}
	secrets, err := hooks.NewSecrets(master)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, secrets.Of(id)[0])
	return nil
}

func noKey(id string) error {
	return fmt.Errorf("there is no key %q; fflambda keys list shows them", id)
}
