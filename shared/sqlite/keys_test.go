package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/fflambda/fflambda/shared/jobtest"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	jobtest.RunKeys(t, func(t *testing.T) (server, command jobtest.Keys) {
		path := filepath.Join(t.TempDir(), "fflambda.db")
		return openAt(t, path).Keys(), openAt(t, path).Keys() // two processes on one file
	})
}
