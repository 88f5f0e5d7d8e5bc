package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/fflambda/fflambda/shared/job"
)

// Rotation says how often the secret for id was replaced: the id of a key, or what else webhooks are signed for.
func (s *Keys) Rotation(ctx context.Context, id string) (job.Rotation, error) {
	r, err := scanRotation(s.db.read.QueryRowContext(ctx, `select generation, at from rotation where id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return job.Rotation{}, nil
	}
	if err != nil {
		return job.Rotation{}, fmt.Errorf("rotation of %s: %w", id, err)
	}
	return r, nil
}

// Rotate replaces the secret for id by the next one. It does not ask whether there is such a key.
func (s *Keys) Rotate(ctx context.Context, id string, at time.Time) (r job.Rotation, err error) {
	err = s.db.write(ctx, func(ctx context.Context, tx *tx) error {
		r, err = scanRotation(tx.QueryRowContext(ctx, `insert into rotation (id, generation, at) values (?, 1, ?)
			on conflict do update set generation = generation + 1, at = excluded.at returning generation, at`, id, at.UnixMilli()))
		return err
	})
	if err != nil {
		return job.Rotation{}, fmt.Errorf("rotate secret of %s: %w", id, err)
	}
	return r, nil
}

func scanRotation(s scanner) (job.Rotation, error) {
	var r job.Rotation
	var at int64
	if err := s.Scan(&r.Generation, &at); err != nil {
		return job.Rotation{}, err
	}
	r.At = time.UnixMilli(at).UTC()
	return r, nil
}
