package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Keys is the store of API keys. Revoked ones stay in it, so that the list tells of them.
type Keys struct{ db *DB }

// Keys returns the store of API keys.
func (db *DB) Keys() *Keys { return &Keys{db} }

const keyColumns = `id, owner, hash, created, coalesce(revoked, 0)`

// Add stores k. A second key of one id or one hash is an error.
func (s *Keys) Add(ctx context.Context, k job.Key) error {
	revoked := sql.NullInt64{Int64: k.RevokedAt.UnixMilli(), Valid: !k.RevokedAt.IsZero()}
	err := s.db.write(ctx, func(ctx context.Context, tx *tx) error {
		_, err := tx.ExecContext(ctx, `insert into api_key (id, owner, hash, created, revoked) values (?, ?, ?, ?, ?)`,
			k.ID, k.Owner, k.Hash, k.CreatedAt.UnixMilli(), revoked)
		return err
	})
	if err != nil {
		return fmt.Errorf("add key %s: %w", k.ID, err)
	}
	return nil
}

// Find returns the key with the hash, or job.ErrNoKey where there is none or it was revoked.
func (s *Keys) Find(ctx context.Context, hash string) (job.Key, error) {
	row := s.db.read.QueryRowContext(ctx, `select `+keyColumns+` from api_key where hash = ? and revoked is null`, hash)
	k, err := scanKey(row)
	if errors.Is(err, sql.ErrNoRows) {
		return job.Key{}, job.ErrNoKey
	}
	if err != nil {
		return job.Key{}, fmt.Errorf("find key: %w", fault(err))
	}
	return k, nil
}

// List returns all keys, revoked ones too, the oldest first.
func (s *Keys) List(ctx context.Context) ([]job.Key, error) {
	rows, err := s.db.read.QueryContext(ctx, `select `+keyColumns+` from api_key order by created, id`)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	defer rows.Close() //nolint:errcheck // Err below tells
	var keys []job.Key
	for rows.Next() {
		k, err := scanKey(rows)
		if err != nil {
			return nil, fmt.Errorf("list keys: %w", err)
		}
		keys = append(keys, k)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	return keys, nil
}

// Revoke ends the key at once. job.ErrNoKey: there is none with that id, or it was revoked before.
func (s *Keys) Revoke(ctx context.Context, id string, at time.Time) error {
	err := s.db.write(ctx, func(ctx context.Context, tx *tx) error {
		res, err := tx.ExecContext(ctx, `update api_key set revoked = ? where id = ? and revoked is null`, at.UnixMilli(), id)
		return expectRow(res, err, job.ErrNoKey)
	})
	if err != nil {
		return fmt.Errorf("revoke key %s: %w", id, err)
	}
	return nil
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

func scanKey(s scanner) (job.Key, error) {
	var k job.Key
	var created, revoked int64
	if err := s.Scan(&k.ID, &k.Owner, &k.Hash, &created, &revoked); err != nil {
		return job.Key{}, err
	}
	k.CreatedAt = time.UnixMilli(created).UTC()
	if revoked != 0 {
		k.RevokedAt = time.UnixMilli(revoked).UTC()
	}
	return k, nil
}

// expectRow turns a statement that met no row into none.
func expectRow(res sql.Result, err, none error) error {
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return none
	}
	return err
}
