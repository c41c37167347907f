package cli

import (
	"fmt"
	"io"

	"github.com/acdeploy/acdeploy/internal/osfile"
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
		o.err = fmt.Errorf("write to standard output: %w", osfile.Cause(err))
	}
	return n, o.err
}
