// Package scaffold writes modules to start from: a pass or an engine of one's own, with its test and a program that has it. What it writes
// are the files of the folders below it, under other names: so they compile, and their tests pass.
package scaffold

import (
	"embed"
	"errors"
	"fmt"
	"go/format"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/outcome"
)

//go:embed pass backend
var templates embed.FS

// Kind is what a module adds.
type Kind string

// The kinds of modules.
const (
	Pass    Kind = "pass"
	Backend Kind = "backend"
)

// Module is a module to be written.
type Module struct {
	Kind   Kind
	Name   string // of the pass or the engine, in snake_case
	Path   string // of the module; "" for example.com/NAME
	Folder string // for its files, absent or empty; "" for NAME
	// Replace is a checkout of acdeploy to build with; "" for Version.
	Replace string
	Version string // of acdeploy, such as v1.2.3
}

// File is a file of a module.
type File struct {
	Name string // within its folder, with slashes
	text []byte
}

// home is the module that the files are copied from.
const home = "github.com/acdeploy/acdeploy"

const longestName = 60

// Files are the files of the module. Its errors are of usage.
func (m Module) Files() ([]File, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	mod, err := m.requirements()
	if err != nil {
		return nil, err
	}
	list := mod
	root := string(m.Kind)
	err = fs.WalkDir(templates, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := templates.ReadFile(name)
		if err != nil {
			return err
		}
		text, err = format.Source([]byte(m.named(string(text)))) // another name has another place among the imports
		list = append(list, File{strings.TrimPrefix(name, root+"/"), text})
		return err
	})
	slices.SortFunc(list, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

// Write puts the files into the folder, which it makes with those above it. An empty one that is there is taken as it is. Where
// it cannot, nothing is left.
func (m Module) Write(files []File) (err error) {
	folder := m.folder()
	undo, err := makeFolder(folder)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, undo())
		}
	}()
	for _, f := range files {
		at := filepath.Join(folder, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			return fmt.Errorf("write module: %w", err)
		}
		if err := os.WriteFile(at, f.text, 0o644); err != nil {
			return fmt.Errorf("write module: %w", err)
		}
	}
	return nil
}

// makeFolder makes an empty folder and those above it. Undo removes the folders that it made and all that is in the folder.
func makeFolder(folder string) (undo func() error, err error) {
	entries, err := os.ReadDir(folder)
	switch {
	case err == nil && len(entries) == 0:
		return func() error { return empty(folder) }, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, outcome.Usagef("%s is there already; give another name, or another folder with -o", folder)
	}
	highest := firstAbsent(folder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("write module: %w", err)
	}
	return func() error { return os.RemoveAll(highest) }, nil
}

// firstAbsent is the highest folder on the way to an absent one that is not there.
func firstAbsent(folder string) string {
	for {
		above := filepath.Dir(folder)
		if _, err := os.Lstat(above); err == nil || above == folder {
			return folder
		}
		folder = above
	}
}

// empty removes all that is in a folder.
func empty(folder string) error {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, e.Name())))
	}
	return err
}

func (m Module) folder() string {
	if m.Folder != "" {
		return m.Folder
	}
	return m.Name
}

// module is the path of the module.
func (m Module) module() string {
	if m.Path != "" {
		return m.Path
	}
	return "example.com/" + m.Name
}

// goPackage is the name without its underscores, as packages are called.
func (m Module) goPackage() string { return strings.ReplaceAll(m.Name, "_", "") }

// typeName is the name of the struct: fold_scale is FoldScale.
func (m Module) typeName() string {
	var b strings.Builder
	for word := range strings.SplitSeq(m.Name, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// named is the text of a template with the names of the module.
func (m Module) named(text string) string {
	kind := string(m.Kind)
	return strings.NewReplacer(
		home+"/internal/scaffold/"+kind, m.module(),
		"template_"+kind, m.Name,
		"template"+kind, m.goPackage(),
		"Template"+strings.ToUpper(kind[:1])+kind[1:], m.typeName(),
	).Replace(text)
}

// check refuses names that would not compile.
func (m Module) check() error {
	switch {
	case !regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`).MatchString(m.Name) || len(m.Name) > longestName:
		return outcome.Usagef("%q is no name for a %s; give at most %d small letters, digits and single underscores, such as fold_scale", m.Name, m.Kind, longestName)
	case token.IsKeyword(m.goPackage()) || m.goPackage() == "main" || m.typeName() == "Entry":
		return outcome.Usagef("%q has a meaning of its own in Go; give another name, such as fold_scale", m.Name)
	case m.Path != "" && !validPath(m.Path):
		return outcome.Usagef("%q is no path of a module; give one such as example.com/%s", m.Path, m.Name)
	}
	return nil
}

// validPath reports whether the go command takes a path for a module that can be fetched, roughly.
func validPath(p string) bool {
	first, _, _ := strings.Cut(p, "/")
	return regexp.MustCompile(`^[A-Za-z0-9._~/-]+$`).MatchString(p) && path.Clean(p) == p && strings.Contains(first, ".") &&
		!strings.HasPrefix(p, "-") && !strings.HasPrefix(p, "/") && !strings.HasPrefix(p, ".") && p != home && !strings.HasPrefix(p, home+"/")
}
