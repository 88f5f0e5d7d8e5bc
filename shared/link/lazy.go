package link

import (
	"bytes"
	"context"
	"sync"
)

// Lazy answers a Signer of the keys that held gives, as KeyFile and parameter.Secret.Bytes do. It asks held each time,
// which is cheap with both, and makes a new Signer only when the keys have changed: a rotation needs no restart.
func Lazy(held func(context.Context) ([]byte, error)) func(context.Context) (*Signer, error) {
	var (
		mu   sync.Mutex
		last []byte
		made *Signer
	)
	return func(ctx context.Context) (*Signer, error) {
		now, err := held(ctx)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		if made != nil && bytes.Equal(now, last) {
			return made, nil
		}
		keys, err := Split(now)
		if err != nil {
			return nil, err
		}
		s, err := New(keys...)
		if err != nil {
			return nil, err
		}
		made, last = s, bytes.Clone(now)
		return made, nil
	}
}
