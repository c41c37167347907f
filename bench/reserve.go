package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

// mostJournals is how many measurements of the same models may keep units at once.
const mostJournals = 100

// Reserve takes the name of a journal that no other process has: path, or while that is taken path with a number. To
// resume, a file of that name must be there. The name is free again after release. The error matches [ErrUsage]. A path
// of "" is no journal and needs no name.
func Reserve(path string, resume bool) (name string, release func(), err error) {
	if path == "" {
		return "", func() {}, nil
	}
	_ = os.MkdirAll(filepath.Dir(path), 0o755) // whoever opens the journal tells
	end := filepath.Ext(path)
	for n := 1; n <= mostJournals; n++ {
		if name = path; n > 1 {
			name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, end), n, end)
		}
		if _, err := os.Stat(name); err != nil && resume && n > 1 {
			break
		}
		if release, held := osfile.LockName(name); held {
			return name, release, nil
		}
	}
	return "", nil, outcome.Usagef("%s: other measurements keep their units there; wait for them to end", path)
}
