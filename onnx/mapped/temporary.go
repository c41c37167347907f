package mapped

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// temporary is a file that is written under a temporary name, next to its final one.
type temporary struct {
	path string
	out  Output
}

// write writes a file under a temporary name and flushes it to the disk.
func (s *saver) write(path string, fill func(io.Writer) error) (*temporary, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s exists and is not a regular file", filepath.Base(path))
	}
	f, err := osfile.CreateTemp(path)
	if err != nil {
		return nil, err
	}
	s.temporary = append(s.temporary, f.Name())
	w := newDigester(s.ctx, f, s.source.release)
	// Filling reads mapped files, so it is guarded here, where its file can be closed.
	err = Guard(func() error { return fill(w) })
	sum := w.close()
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, cause(err)
	}
	return &temporary{path: f.Name(), out: Output{Path: path, SHA256: sum, Bytes: w.written}}, nil
}

// cause says what a write error means: the system reports lost pages of a mapped file as a bad
// address.
func cause(err error) error {
	if errors.Is(err, syscall.EFAULT) {
		return errTruncated
	}
	return osfile.Cause(err)
}

// digester writes to a file and hashes at the same time: each of the two takes about as long as the
// other, and neither copies.
type digester struct {
	ctx     context.Context
	w       io.Writer
	hash    hash.Hash
	written int64
	release func() // is called now and then
	next    int64  // what is to be written before that
	work    chan []byte
	done    chan error
}

func newDigester(ctx context.Context, w io.Writer, release func()) *digester {
	d := &digester{ctx: ctx, w: w, hash: sha256.New(), release: release, work: make(chan []byte), done: make(chan error)}
	go d.run()
	return d
}

func (d *digester) run() {
	for p := range d.work {
		d.done <- Guard(func() error {
			_, err := d.hash.Write(p)
			return err
		})
	}
	close(d.done)
}

// pieceSize bounds how long a cancelled write goes on, releaseSize how many pages of the source stay.
const (
	pieceSize   = 8 << 20
	releaseSize = 32 << 20
)

// Write writes and hashes p.
func (d *digester) Write(p []byte) (int, error) {
	total := 0
	for len(p) > 0 {
		piece := p[:min(len(p), pieceSize)]
		if err := d.ctx.Err(); err != nil {
			return total, err
		}
		d.work <- piece
		n, err := d.w.Write(piece)
		d.written += int64(n)
		total += n
		if hashing := <-d.done; err == nil {
			err = hashing
		}
		if err != nil {
			return total, err
		}
		p = p[n:]
		if d.written >= d.next {
			d.release()
			d.next = d.written + releaseSize
		}
	}
	return total, nil
}

// close ends the hashing and returns the digest in hexadecimal.
func (d *digester) close() string {
	close(d.work)
	for range d.done { // until the last piece is hashed
	}
	return hex.EncodeToString(d.hash.Sum(nil))
}
