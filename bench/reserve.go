package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

// mostJournals is how many measurements of the same models may keep units at once.
const mostJournals = 100

// Reserve takes the name of a journal that no other process has: path, or while that is taken path with a number. To
// resume, it is the first of these names that has a file; where none has, path. The name is free again after release. The error
// matches [ErrUsage]. A path of "" is no journal and needs no name.
func Reserve(path string, resume bool) (name string, release func(), err error) {
	if path == "" {
		return "", func() {}, nil
	}
	_ = os.MkdirAll(filepath.Dir(path), 0o755) // whoever opens the journal tells
	names := numbered(path)
	if resume {
		if names = there(names); len(names) == 0 {
			names = []string{path}
		}
	}
	for _, name := range names {
		if release, held := osfile.LockName(name); held {
			return name, release, nil
		}
	}
	return "", nil, outcome.Usagef("%s: other measurements keep their units there; wait for them to end", path)
}

// numbered are all names that journals of the same models have, in order. The path may be any of them.
func numbered(path string) []string {
	end := filepath.Ext(path)
	first := numberAtEnd.ReplaceAllString(strings.TrimSuffix(path, end), "")
	names := []string{first + end}
	for n := 2; n <= mostJournals; n++ {
		names = append(names, fmt.Sprintf("%s-%d%s", first, n, end))
	}
	return names
}

var numberAtEnd = regexp.MustCompile(`-[0-9]+$`)

// there are the names that have a file.
func there(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, err := os.Stat(name)
		return err != nil
	})
}

// elsewhere says where other measurements of the same models have left units, "" for nowhere.
func elsewhere(path string) string {
	others := slices.DeleteFunc(there(numbered(path)), func(name string) bool { return name == path })
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf("other units of these models are in %s, to continue from some give their file the name %s; ", strings.Join(others, ", "), numbered(path)[0])
}
