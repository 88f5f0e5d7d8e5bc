package hooks_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fflambda/fflambda/shared/hooks"
	"github.com/fflambda/fflambda/shared/job"
)

func TestSecrets(t *testing.T) {
	t.Parallel()
	s := secrets(t, 1)
	all := map[string]bool{}
	for _, id := range []string{"0a1b2c3d", "0a1b2c3e", "inbox/alice"} {
		for generation := range 3 {
			secret := s.Of(id, generation)
			if !strings.HasPrefix(secret, "whsec_") || len(secret) != len("whsec_")+44 {
				t.Errorf("got %q", secret)
			}
			all[secret] = true
		}
	}
	all[secrets(t, 2).Of("0a1b2c3d", 0)] = true
	if len(all) != 10 {
		t.Errorf("%d different secrets, want 10", len(all))
	}
	// Receivers hold it: it must not change with the program.
	if got, want := s.Of("0a1b2c3d", 0), "whsec_2WzHTLWrq57okAB78147TOiBIyZNcDxJnrNFCDaRPMI="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := s.Of("0a1b2c3d", 1), "whsec_XP2n4uKuZE8zv++dekdtNF68gBE7GGL/17I6WpgF8kU="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if id := hooks.SecretID(job.Job{Owner: "alice"}); id != "inbox/alice" {
		t.Errorf("a job without a key is signed for %q", id)
	}
	for _, bad := range [][]byte{nil, {1}, make([]byte, 33)} {
		if _, err := hooks.NewSecrets(bad); err == nil {
			t.Errorf("a master of %d bytes: want an error", len(bad))
		}
	}
}

// After a rotation the old secret signs for a day more, unless there is another rotation.
func TestValidSecrets(t *testing.T) {
	t.Parallel()
	s := secrets(t, 1)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		rotation job.Rotation
		now      time.Time
		want     []int
	}{
		"never rotated": {job.Rotation{}, at, []int{0}},
		"just now":      {job.Rotation{Generation: 1, At: at}, at, []int{1, 0}},
		"almost a day":  {job.Rotation{Generation: 1, At: at}, at.Add(24*time.Hour - 1), []int{1, 0}},
		"a day":         {job.Rotation{Generation: 1, At: at}, at.Add(24 * time.Hour), []int{1}},
		"twice":         {job.Rotation{Generation: 2, At: at}, at.Add(time.Second), []int{2, 1}},
	} {
		var want []string
		for _, generation := range c.want {
			want = append(want, s.Of("0a1b2c3d", generation))
		}
		if d := cmp.Diff(want, s.Valid("0a1b2c3d", c.rotation, c.now)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

// Where it is not known what to sign with, nobody is called.
func TestRotationOutOfReach(t *testing.T) {
	t.Parallel()
	p := hooks.New(hooks.Config{Secrets: secrets(t, 1), Now: time.Now, Rotation: func(context.Context, string) (job.Rotation, error) {
		return job.Rotation{}, job.ErrBusy
	}})
	_, err := p.Post(t.Context(), ended("https://h.example/"), []byte("{}"))
	if _, told := errors.AsType[*hooks.Error](err); told || !errors.Is(err, job.ErrBusy) {
		t.Errorf("got %v", err)
	}
}
