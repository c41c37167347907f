package cli

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy"
)

// TestComplain prints each reason once, and none that follows from an interruption.
func TestComplain(t *testing.T) {
	disk := errors.New("a full disk")
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"nothing":     {nil, ""},
		"one":         {disk, "acdeploy: a full disk\n"},
		"twice":       {errors.Join(disk, errors.New("a full disk"), acdeploy.ErrDiffer), "acdeploy: a full disk\nacdeploy: the answers differ\n"},
		"interrupted": {errors.Join(context.Canceled, acdeploy.ErrInvalid, acdeploy.ErrGate), "acdeploy: interrupted\n"},
	} {
		var out bytes.Buffer
		a := &app{err: &out, logFormat: "text"}
		if a.complain(c.err); out.String() != c.want {
			t.Errorf("%s: %q, want %q", name, out.String(), c.want)
		}
	}
}
