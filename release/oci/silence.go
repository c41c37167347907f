package oci

import (
	"context"
	"net"
	"time"
)

// dialer opens a connection.
type dialer func(ctx context.Context, network, address string) (net.Conn, error)

// impatient makes a dialer's connections fail when nothing goes through them for a while, in the middle of a body, too.
func (dial dialer) impatient(silence time.Duration) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &impatient{c, silence}, nil
	}
}

// impatient is a connection with a time limit for each read and each write.
type impatient struct {
	net.Conn
	silence time.Duration
}

// Read is that of [net.Conn].
func (c *impatient) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write is that of [net.Conn].
func (c *impatient) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
