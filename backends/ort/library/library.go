// Package library finds, installs, lists and removes libonnxruntime, the shared library that runs
// models. It loads nothing and knows no session.
//
// What it installs is pinned: the embedded [Manifest] names, for each platform, the packages that
// hold the library and the SHA-256 of package and library. A [Store] is the place where installed
// libraries lie; [Store.Resolve] says which library to use.
package library

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"
	"runtime"

	homedir "github.com/mitchellh/go-homedir"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// InstallCommand is the command that installs the library.
const InstallCommand = "acdeploy runtime install"

// Store is a folder of installed libraries. Its zero value is the user's, with the embedded
// manifest, for this machine.
type Store struct {
	Dir      string    // "" for $XDG_CACHE_HOME/acdeploy/ort or ~/.cache/acdeploy/ort
	Manifest *Manifest // nil for the embedded one
	OS, Arch string    // as Go names them; "" for this machine's
	root     string    // of the file system where the C library is looked for; "" for /
}

// filled returns the store with its defaults made explicit.
func (s Store) filled() (Store, error) {
	s = s.placed()
	if s.Manifest == nil {
		embedded, err := Embedded()
		if err != nil {
			return s, err
		}
		s.Manifest = embedded
	}
	if s.Dir == "" {
		dir, err := userDir()
		if err != nil {
			return s, err
		}
		s.Dir = dir
	}
	return s, nil
}

// placed returns the store with its machine made explicit.
func (s Store) placed() Store {
	s.OS, s.Arch = cmp.Or(s.OS, runtime.GOOS), cmp.Or(s.Arch, runtime.GOARCH)
	return s
}

// userDir is the store of the user.
func userDir() (string, error) {
	cache := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(cache) {
		home, err := homedir.Dir()
		if err != nil {
			return "", errors.New("there is no home folder for the library store; set HOME or XDG_CACHE_HOME")
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "acdeploy", "ort"), nil
}

// folder is where a library with that digest is installed.
func (s Store) folder(r Runtime, digest string) string {
	return filepath.Join(s.Dir, r.Version, r.Flavour, digest[:12])
}

// Digest is the SHA-256 of a file in lower-case hexadecimal.
func Digest(path string) (string, error) { return osfile.SHA256(path) }
