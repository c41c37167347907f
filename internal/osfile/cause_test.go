package osfile_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

func TestCause(t *testing.T) {
	full, other := errors.New("no space left on device"), errors.New("a model is not a song")
	path := &fs.PathError{Op: "write", Path: "/models/a.onnx", Err: full}
	for name, c := range map[string]struct{ err, want error }{
		"path":    {path, full},
		"wrapped": {fmt.Errorf("save: %w", path), full},
		"rename":  {&os.LinkError{Op: "rename", Old: "a", New: "b", Err: full}, full},
		"other":   {other, other},
		"none":    {nil, nil},
	} {
		if got := osfile.Cause(c.err); !errors.Is(got, c.want) || errors.Is(got, path) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}
