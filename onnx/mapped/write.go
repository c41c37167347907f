package mapped

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"path/filepath"
	"syscall"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// writer writes files into the folder in which they wait for their names.
type writer struct {
	ctx     context.Context
	files   osfile.Files
	folder  string
	like    string // the file that is replaced, whose permissions they get
	release func()
	told    func(written int64) // now and then, of the file
	note    func(string)
}

// write writes the file that is to have a path, and flushes it to the disk.
func (w writer) write(path string, fill func(io.Writer) error) (Output, error) {
	f, err := w.files.Create(filepath.Join(w.folder, filepath.Base(path)))
	if err != nil {
		return Output{}, err
	}
	ahead := startWriteback(f)
	var d *digester
	d = newDigester(w.ctx, w.files.Writer(f), func() { w.release(); w.told(d.written) }, ahead)
	// Filling reads mapped files, so it is guarded here, where its file can be closed.
	err = Guard(func() error { return fill(d) })
	sum := d.close()
	if behind := ahead.stop(); err == nil {
		err = behind
	}
	if err == nil {
		if note := w.files.KeepMode(f, w.like); note != "" {
			w.note(note)
		}
		err = w.files.Sync(f)
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return Output{}, cause(err)
	}
	return Output{Path: path, SHA256: sum, Bytes: d.written}, nil
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
	ahead   *writeback
	next    int64 // what is to be written before that
	work    chan []byte
	done    chan error
	broken  bool // the hash was left in the middle of a piece that is not there
}

func newDigester(ctx context.Context, w io.Writer, release func(), ahead *writeback) *digester {
	d := &digester{ctx: ctx, w: w, hash: sha256.New(), release: release, ahead: ahead, next: releaseSize, work: make(chan []byte), done: make(chan error)}
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

const (
	pieceSize   = 1 << 20 // what is written and hashed at once: both find it in the processor's cache
	releaseSize = 8 << 20 // what is read or written before pages of the source are let go, and before the system is to begin with the disk
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
		hashing := <-d.done
		d.broken = d.broken || hashing != nil
		if err == nil {
			err = hashing
		}
		if err != nil {
			return total, err
		}
		p = p[n:]
		if d.written >= d.next {
			d.release()
			d.ahead.upTo(d.written)
			d.next = d.written + releaseSize
		}
	}
	return total, nil
}

// close ends the hashing and returns the digest in hexadecimal; "" if a piece could not be read.
func (d *digester) close() string {
	close(d.work)
	for range d.done { // until the last piece is hashed
	}
	if d.broken {
		return "" // a hash that was left in the middle cannot be asked
	}
	return hex.EncodeToString(d.hash.Sum(nil))
}
