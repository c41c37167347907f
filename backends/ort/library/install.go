package library

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// Options say how to install.
type Options struct {
	Flavour string // "" for cpu
	Version string // one that the manifest has; "" for the first
	// From is what holds a pinned library: a package, a library, a folder of them, or the http(s) URL of one; "" for the
	// pinned sources.
	From    string
	Mirror  string // http(s) URL of a folder that holds the pinned files, in place of the pinned sources
	Offline bool   // fetch nothing
	DryRun  bool   // say what would be installed, and change nothing

	Limit time.Duration // of the time that one source may take; 0 for ten minutes

	Probe    func(path string) error // loads the library in a process of its own and reports why it cannot; may be nil
	Progress func(Progress)          // may be nil
	Client   *http.Client            // nil for the default one
}

// Progress is one step of an installation.
type Progress struct {
	Message string // what begins
	Bytes   int64  // of the download that begins; 0 for other steps
	Licence string // of what is downloaded
}

// Installed is a library in the store, or one that would be.
type Installed struct {
	Version string `json:"version"`            // of ONNX Runtime
	Flavour string `json:"flavour"`            // cpu, or what it can use besides
	Path    string `json:"path"`               // of the library
	SHA256  string `json:"sha256"`             // of the library, in hexadecimal
	Bytes   int64  `json:"bytes"`              // size of the library
	Source  string `json:"source,omitempty"`   // the package it came from, where known
	Licence string `json:"licence,omitempty"`  // where known
	Fetch   int64  `json:"download,omitempty"` // bytes to download
	Already bool   `json:"already,omitempty"`  // the installation found it there
	Fault   string `json:"fault,omitempty"`    // why it must not be used; "" when it is sound
}

// candidate is a source together with the runtime that it brings.
type candidate struct {
	Runtime
	Source
}

// candidatesOf lists the sources of runtimes, best first.
func candidatesOf(rows []Runtime) []candidate {
	var all []candidate
	for _, r := range rows {
		for _, source := range r.Sources {
			all = append(all, candidate{r, source})
		}
	}
	return all
}

// installed describes the candidate as it lies, or will lie, in the store.
func (c candidate) installed(s Store) Installed {
	lib := c.Library()
	return Installed{
		Version: c.Version, Flavour: c.Flavour, SHA256: lib.SHA256, Bytes: lib.Size, Source: c.Source.String(), Licence: c.Licence,
		Path: filepath.Join(s.folder(c.Runtime, lib.SHA256), lib.Name()),
	}
}

// Install puts a pinned library into the store and says where. Package and library are checked
// against the SHA-256 of the manifest; the library appears whole or not at all. A library that is
// already there is left alone, and nothing is fetched. Only one process installs at a time.
func (s Store) Install(ctx context.Context, o Options) (Installed, error) {
	s, err := s.filled()
	if err != nil {
		return Installed{}, err
	}
	if o.Flavour == "" {
		o.Flavour = "cpu"
	}
	if o.Limit == 0 {
		o.Limit = 10 * time.Minute
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	if err := errors.Join(checkAddress("--from", o.From), checkAddress("--mirror", o.Mirror)); err != nil {
		return Installed{}, err
	}
	if isURL(o.From) && !namesFile(o.From) {
		o.Mirror, o.From = o.From, ""
	}
	rows, err := s.Manifest.For(s.OS, s.Arch, o.Flavour)
	if err != nil {
		return Installed{}, err
	}
	w := work{all: candidatesOf(rows), Options: o}
	if w.chosen, err = w.ofVersion(s); err != nil {
		return Installed{}, err
	}
	if err := s.supports(w.chosen[0].Runtime); err != nil {
		return Installed{}, fmt.Errorf("%w: %s", err, glibcRemedy)
	}
	if o.DryRun {
		return s.plan(w)
	}
	unlock, err := s.lock(ctx, o.Progress)
	if err != nil {
		return Installed{}, err
	}
	defer func() { _ = unlock() }() // the system lets go of it in any case
	there, ok, err := s.tidy(w)
	if err != nil || ok && o.From == "" {
		return there, err
	}
	return s.install(ctx, w)
}

// plan is what Install would do, as far as can be said without a download.
func (s Store) plan(w work) (Installed, error) {
	if w.From != "" {
		if isURL(w.From) {
			return Installed{}, errors.New("the contents of a URL are known only after the download; download it yourself and name the file")
		}
		found, err := s.find(w.From, w.From, w.fitting())
		if err != nil {
			return Installed{}, err
		}
		return found.installed(s), nil
	}
	if there, ok := s.present(w.chosen); ok {
		return there, nil
	}
	plan := w.chosen[0].installed(s)
	plan.Fetch = w.chosen[0].Size
	return plan, nil
}

// tidy finds the best chosen candidate that is in the store, sound, and removes all that are damaged: such a one would be
// found before a sound one that is not as good. It refuses a store that others may change.
func (s Store) tidy(w work) (there Installed, ok bool, err error) {
	err = osfile.CheckExposed(s.Dir)
	if exposed, is := errors.AsType[*osfile.Exposed](err); is {
		return there, false, fmt.Errorf("%w; %s", err, exposed.Remedy)
	}
	for _, c := range w.all {
		folder := s.folder(c.Runtime, c.Library().SHA256)
		switch {
		case err != nil:
		case !exists(folder):
		case !s.sound(c):
			err = os.RemoveAll(folder)
		case !ok && c.Version == w.chosen[0].Version:
			there, ok = c.installed(s), true
			there.Already = true
		}
	}
	return there, ok, err
}

// present finds the best candidate that is in the store, sound.
func (s Store) present(candidates []candidate) (Installed, bool) {
	for _, c := range candidates {
		if s.sound(c) {
			there := c.installed(s)
			there.Already = true
			return there, true
		}
	}
	return Installed{}, false
}

// sound reports whether every member of the candidate is in the store with the right content.
func (s Store) sound(c candidate) bool {
	folder := s.folder(c.Runtime, c.Library().SHA256)
	for _, m := range c.Members {
		if checkFile(filepath.Join(folder, m.Name()), m.Size, m.SHA256) != nil {
			return false
		}
	}
	return true
}

// install tries the sources of the version in turn, in a scratch folder that is always removed.
func (s Store) install(ctx context.Context, w work) (Installed, error) {
	scratch, err := s.scratch()
	if err != nil {
		return Installed{}, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if w.From != "" {
		return s.installFrom(ctx, scratch, w)
	}
	if w.Offline {
		return Installed{}, errors.New("nothing is installed and --offline forbids a download; name a file with --from")
	}
	var errs []error
	for i, c := range w.chosen {
		folder := filepath.Join(scratch, fmt.Sprint(i))
		if err := os.Mkdir(folder, 0o755); err != nil {
			return Installed{}, err
		}
		done, err := s.fetchAndPlace(ctx, folder, c, w.Options)
		if err == nil {
			return done, nil
		}
		if ctx.Err() != nil {
			return Installed{}, ctx.Err()
		}
		err = fmt.Errorf("%s: %w", c.Source, err)
		if _, absent := errors.AsType[absentProgram](err); !absent && i+1 < len(w.chosen) {
			w.Progress(Progress{Message: err.Error()})
		}
		errs = append(errs, err)
	}
	if err := nothingToFetchWith(errs); err != nil {
		return Installed{}, fmt.Errorf("%w%s", err, w.elsewhere())
	}
	return Installed{}, fmt.Errorf("install onnxruntime %s (or name what holds it with --from): %w%s", w.chosen[0].Version, inTurn(errs), w.elsewhere())
}

func (s Store) fetchAndPlace(ctx context.Context, folder string, c candidate, o Options) (Installed, error) {
	limited, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	file, err := fetch(limited, folder, c, o)
	if err != nil {
		if ctx.Err() == nil && limited.Err() != nil {
			return Installed{}, fmt.Errorf("the download took longer than %s", o.Limit)
		}
		return Installed{}, err
	}
	if err := checkFile(file, c.Size, c.SHA256); err != nil {
		return Installed{}, err
	}
	return s.place(folder, packaged(c, file), o)
}

// installFrom installs from what the user names.
func (s Store) installFrom(ctx context.Context, scratch string, w work) (Installed, error) {
	file := w.From
	if isURL(file) {
		if w.Offline {
			return Installed{}, fmt.Errorf("--offline forbids the download of %s", file)
		}
		w.Progress(Progress{Message: "downloading " + file})
		file = filepath.Join(scratch, "download")
		if err := download(ctx, w.Client, w.From, file, largest(w.fitting())); err != nil {
			return Installed{}, err
		}
	}
	found, err := s.find(file, w.From, w.fitting())
	if err != nil {
		return Installed{}, err
	}
	if s.sound(found.candidate) {
		there := found.installed(s)
		there.Already = true
		return there, nil
	}
	return s.place(scratch, found, w.Options)
}

// largest is a size that no package of these libraries reaches: the wheels of other Python versions are no pinned files,
// and differ in size from those that are.
func largest(candidates []candidate) int64 {
	most := int64(0)
	for _, c := range candidates {
		most = max(most, c.Size, c.Library().Size)
	}
	return 2 * most
}

// place unpacks the members next to their final folder, probes the library and renames the folder
// into place.
func (s Store) place(scratch string, from origin, o Options) (Installed, error) {
	lib := from.Library()
	o.Progress(Progress{Message: "unpacking and checking " + lib.Name()})
	staged := filepath.Join(scratch, "staged")
	if err := os.Mkdir(staged, 0o755); err != nil {
		return Installed{}, err
	}
	if err := unpack(from.path, from.at, staged); err != nil {
		return Installed{}, err
	}
	if o.Probe != nil {
		if err := o.Probe(filepath.Join(staged, lib.Name())); err != nil {
			return Installed{}, fmt.Errorf("the library does not load on this machine: %w", err)
		}
	}
	folder := s.folder(from.Runtime, lib.SHA256)
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return Installed{}, err
	}
	// What may lie there was found damaged.
	if err := os.RemoveAll(folder); err != nil {
		return Installed{}, err
	}
	if err := os.Rename(staged, folder); err != nil {
		return Installed{}, err
	}
	return from.installed(s), osfile.SyncFolder(filepath.Dir(folder))
}

// scratchPattern names the folders for half-finished work.
const scratchPattern = ".partial-"

// scratch makes a folder for half-finished work and removes those that killed processes left. The
// caller holds the lock.
func (s Store) scratch() (string, error) {
	left, err := filepath.Glob(filepath.Join(s.Dir, scratchPattern+"*"))
	if err != nil {
		return "", err
	}
	for _, folder := range left {
		if err := os.RemoveAll(folder); err != nil {
			return "", err
		}
	}
	return os.MkdirTemp(s.Dir, scratchPattern)
}

// lock waits until this process alone may change the store.
func (s Store) lock(ctx context.Context, progress func(Progress)) (unlock func() error, err error) {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the library store: %w", err)
	}
	for waited := false; ; waited = true {
		unlock, held, err := osfile.TryLock(filepath.Join(s.Dir, ".lock"))
		if err != nil || held {
			return unlock, err
		}
		if !waited {
			progress(Progress{Message: "waiting for another installation to end"})
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
