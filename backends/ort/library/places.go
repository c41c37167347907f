package library

import (
	"errors"
	"os"
	"path/filepath"
)

// place is where a library may be.
type place struct {
	name     string // as a source
	told     string // as an attempt
	outright bool   // it names one library, so another is not taken in its stead
	find     func() (path, version string, err error)
}

// unset is why a place was not looked at.
type unset string

// Error is the reason.
func (u unset) Error() string { return string(u) }

// The sources of a library that nobody names outright.
const (
	fromFolder   = "ORT_LIB_LOCATION"
	fromVenv     = "VIRTUAL_ENV"
	fromConda    = "CONDA_PREFIX"
	fromProgram  = "own environment"
	fromCache    = "cache"
	fromPython   = "python"
	fromHomebrew = "homebrew"
	fromLdconfig = "ldconfig"
)

// places lists where a library may be, in the order in which they are looked at: what names one outright; a folder for libraries; the
// Python environment that is active, and the one that acdeploy itself lies in; the store; the Python on the PATH; Homebrew; the linker.
func (s Store) places(req Request) []place {
	getenv := req.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	named := func(name, path, absent string) place {
		return place{name, name, true, func() (string, string, error) {
			if path == "" {
				return "", "", unset(absent)
			}
			path, err := s.usable(path)
			return path, "", err
		}}
	}
	variable := func(name string, in func(folder string) (string, string, error)) place {
		return place{name, name, false, func() (string, string, error) {
			if folder := getenv(name); folder != "" {
				return in(folder)
			}
			return "", "", unset("not set")
		}}
	}
	store := fromCache
	if filled, err := s.filled(); err == nil {
		store = filled.Dir
	}
	plain := func(name string, find func() (string, string, error)) place { return place{name, name, false, find} }
	return []place{
		named("--ort-lib", req.Flag, "not given"),
		named("ACDEPLOY_ORT_LIB", getenv("ACDEPLOY_ORT_LIB"), "not set"),
		named("runtime.library", req.Config, "not configured"),
		named("ORT_DYLIB_PATH", getenv("ORT_DYLIB_PATH"), "not set"),
		variable(fromFolder, func(folder string) (string, string, error) { return s.inFolders(folder, filepath.Join(folder, "lib")) }),
		variable(fromVenv, s.inEnvironment),
		variable(fromConda, s.inEnvironment),
		plain(fromProgram, func() (string, string, error) { return s.besideProgram(req.Program) }),
		{fromCache, store, false, s.installed},
		plain(fromPython, func() (string, string, error) { return s.ofPython(req.Python) }),
		plain(fromHomebrew, func() (string, string, error) { return s.ofHomebrew(req.Homebrew, getenv) }),
		plain(fromLdconfig, func() (string, string, error) { return s.linked(req.Ldconfig) }),
	}
}

// installed is the library in the store that the manifest has first, whatever else was installed later: the one that [Store.Install] gives
// unasked. One with GPU providers goes before one without: a process can use one library only, and the former serves the CPU as well. The
// error is an [*unfit] for a library that must not be used.
func (s Store) installed() (path, version string, err error) {
	if s, err = s.filled(); err != nil {
		return "", "", err
	}
	var rows []Runtime
	for _, flavour := range []string{"cuda13", "cuda12", "cpu"} {
		more, err := s.Manifest.For(s.OS, s.Arch, flavour)
		if err != nil && flavour == "cpu" {
			return "", "", err
		}
		rows = append(rows, more...)
	}
	reason := errors.New("nothing is installed")
	for _, c := range candidatesOf(rows) {
		folder := s.folder(c.Runtime, c.Library().SHA256)
		if _, err := os.Stat(folder); errors.Is(err, os.ErrNotExist) {
			continue
		}
		err := s.intact(c)
		if err == nil {
			err = s.supports(c.Runtime)
		}
		if err == nil {
			return filepath.Join(folder, c.Library().Name()), c.Version, nil
		}
		reason = err
		if _, bad := errors.AsType[*unfit](err); bad {
			break
		}
	}
	return "", "", reason
}
