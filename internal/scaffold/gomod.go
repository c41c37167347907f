package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/outcome"
)

// Released is the version of acdeploy in this program, if others can fetch it; "" for one that was built from a checkout.
func Released() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == home && m.Replace == nil && released(m.Version) {
			return m.Version
		}
	}
	return ""
}

// released tells a tag from what the go command makes up for a commit.
func released(version string) bool {
	return regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$`).MatchString(version) &&
		!regexp.MustCompile(`[0-9]{14}`).MatchString(version)
}

// requirements are go.mod and, where acdeploy is a checkout, go.sum: all that it needs, so that nothing has to be looked up.
func (m Module) requirements() ([]File, error) {
	if m.Replace == "" {
		if m.Version == "" {
			return nil, outcome.Usagef("this acdeploy is no released version that a module could require; name a checkout of its source with --replace")
		}
		return []File{{"go.mod", fmt.Appendf(nil, "module %s\n\ngo %s\n\nrequire %s %s\n", m.module(), goVersion, home, m.Version)}}, nil
	}
	checkout, err := filepath.Abs(m.Replace)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", m.Replace, err)
	}
	mod, err := os.ReadFile(filepath.Join(checkout, "go.mod"))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !strings.HasPrefix(string(mod), "module "+home+"\n") {
		return nil, outcome.Usagef("--replace %s is no checkout of acdeploy: it has no go.mod of the module %s", m.Replace, home)
	}
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	sum, err := os.ReadFile(filepath.Join(checkout, "go.sum"))
	if err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	_, rest, _ := strings.Cut(string(mod), "\n")
	rest = regexp.MustCompile(`(?m)^(\t\S+ \S+)$`).ReplaceAllString(rest, "$1 // indirect")
	text := fmt.Sprintf("module %s\n%s\nrequire %s v0.0.0\n\nreplace %s => %s\n", m.module(), rest, home, home, quoted(filepath.ToSlash(checkout)))
	return []File{{"go.mod", []byte(text)}, {"go.sum", sum}}, nil
}

// goVersion is the language version of a module.
const goVersion = "1.26.0"

// quoted is a path as go.mod has it.
func quoted(path string) string {
	if regexp.MustCompile(`^[A-Za-z0-9._~/:+@%-]+$`).MatchString(path) {
		return path
	}
	return strconv.Quote(path)
}
