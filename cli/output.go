package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// output is standard output. It remembers its first error, so that no result is lost in silence: a
// command prints line by line, and [Run] asks once.
type output struct {
	w   io.Writer
	err error
}

// Write implements [io.Writer].
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	if err != nil {
		o.err = fmt.Errorf("write to standard output: %w", reason(err))
	}
	return n, o.err
}

// reason takes an error of the operating system without the call and the path, which messages name
// better.
func reason(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	return err
}
