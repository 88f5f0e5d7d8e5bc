package link

import (
	"context"
	"sync"
)

// Lazy makes a Signer with the first call that succeeds, and answers it from then on. It is for keys that must be
// fetched, and are not needed by most who could.
func Lazy(key func(context.Context) ([]byte, error)) func(context.Context) (*Signer, error) {
	var (
		mu   sync.Mutex
		made *Signer
	)
	return func(ctx context.Context) (*Signer, error) {
		mu.Lock()
		defer mu.Unlock()
		if made != nil {
			return made, nil
		}
		b, err := key(ctx)
		if err != nil {
			return nil, err
		}
		made, err = New(b)
		return made, err
	}
}
