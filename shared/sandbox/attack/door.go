//go:build linux

package attack

import (
	"net"
	"sync/atomic"
)

// accepted counts the connections that are made, and ends each of them at once.
func accepted(l net.Listener) func() int {
	var n atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n.Add(1)
			_ = c.Close()
		}
	}()
	return func() int { return int(n.Load()) }
}

// received counts the packets.
func received(c net.PacketConn) func() int {
	var n atomic.Int64
	go func() {
		b := make([]byte, 1<<16)
		for {
			if _, _, err := c.ReadFrom(b); err != nil {
				return
			}
			n.Add(1)
		}
	}()
	return func() int { return int(n.Load()) }
}
