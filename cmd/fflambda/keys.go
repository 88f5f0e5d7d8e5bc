package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/fflambda/fflambda/shared/cloud/full"
	"github.com/fflambda/fflambda/shared/config"
	"github.com/fflambda/fflambda/shared/job"
	"github.com/fflambda/fflambda/shared/sqlite"
	"github.com/fflambda/fflambda/shared/table"
)

var errKeysUsage = errors.New("usage: fflambda keys [--data DIR | --table TABLE] add NAME | list | revoke ID")

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
	store, done, err := openKeys(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	switch verb {
	case "add":
		return p.addKey(ctx, store, arg)
	case "revoke":
		return p.revokeKey(ctx, store, arg)
	}
	return p.listKeys(ctx, store)
}

// openKeys opens the keys in the data folder, or in a table in AWS.
func openKeys(ctx context.Context, c config.Serve) (store keys, done func(), err error) {
	if c.InAWS() {
		cfg, err := full.Load(ctx)
		if err != nil {
			return nil, nil, err
		}
		return table.New(dynamodb.NewFromConfig(cfg), table.Config{Name: c.AWS.Table}).Keys(), func() {}, nil
	}
	if err := makeData(c.Data); err != nil {
		return nil, nil, err
	}
	db, err := sqlite.Open(ctx, databasePath(c.Data))
	if err != nil {
		return nil, nil, err
	}
	return db.Keys(), func() { _ = db.Close() }, nil // every change was committed before it was answered
}

func keysVerb(args []string) (verb, arg string, ok bool) {
	switch {
	case len(args) == 1 && args[0] == "list":
		return args[0], "", true
	case len(args) == 2 && (args[0] == "add" || args[0] == "revoke"):
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
		return fmt.Errorf("there is no key %q; fflambda keys list shows them", id)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "revoked %s\n", id)
	return nil
}
