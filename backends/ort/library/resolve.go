package library

import (
	"context"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	homedir "github.com/mitchellh/go-homedir"
)

// Request says what names a library, most binding first.
type Request struct {
	Flag   string // value of --ort-lib
	Config string // value of runtime.library in the configuration

	Getenv   func(string) string    // nil for os.Getenv
	Python   func() (string, error) // folder of Python's package onnxruntime; nil to ask Python
	Ldconfig func() (string, error) // prints the linker's cache; nil for ldconfig -p
}

// Found is the library to use.
type Found struct {
	Path   string `json:"path"`   // absolute
	Source string `json:"source"` // what named it, cache, python or ldconfig
}

// The sources of a library that nobody names.
const (
	fromCache    = "cache"
	fromPython   = "python"
	fromLdconfig = "ldconfig"
)

// Remedy is what to do when the library does not load. Another that is installed does not help while
// this one is named.
func (f Found) Remedy() string {
	if slices.Contains([]string{fromCache, fromPython, fromLdconfig}, f.Source) {
		return "run: " + InstallCommand
	}
	return correct(f.Source)
}

// LoadError is a library that was found and does not load.
type LoadError struct {
	Found Found
	Err   error
}

// Error says why, and what named the library.
func (e *LoadError) Error() string { return fmt.Sprintf("%v (named by %s)", e.Err, e.Found.Source) }

// Unwrap returns the cause.
func (e *LoadError) Unwrap() error { return e.Err }

// correct is the remedy for a library that is named outright.
func correct(place string) string { return "correct " + place + ", or unset it" }

// Attempt is one place where a library was looked for in vain.
type Attempt struct {
	Place  string
	Reason string
}

// NotFoundError lists every place tried.
type NotFoundError struct {
	Tried    []Attempt
	Explicit bool   // the last place tried names a library outright, so no other was tried
	Mend     string // what to do about an installed library that must not be used, the last place tried; "" where there is none
}

// Error lists the places, one a line, and ends with the remedy.
func (e *NotFoundError) Error() string {
	var b strings.Builder
	b.WriteString("no usable onnxruntime library")
	for _, t := range e.Tried {
		fmt.Fprintf(&b, "\n  %s: %s", t.Place, t.Reason)
	}
	return b.String() + "\n" + e.Remedy()
}

// Reason is the fault in one short line, without the places; see [NotFoundError.Places].
func (e *NotFoundError) Reason() string {
	last := e.Tried[len(e.Tried)-1]
	switch {
	case e.Mend != "":
		return "the installed onnxruntime library must not be used: " + last.Reason
	case e.Explicit:
		return "no usable onnxruntime library (" + last.Place + ": " + last.Reason + ")"
	}
	return fmt.Sprintf("no onnxruntime library was found in the %d places looked at", len(e.Tried))
}

// Places are the places tried and why each is no good, in one line.
func (e *NotFoundError) Places() string {
	parts := make([]string, len(e.Tried))
	for i, t := range e.Tried {
		parts[i] = t.Place + ": " + t.Reason
	}
	return strings.Join(parts, "; ")
}

// Remedy is what to do about it.
func (e *NotFoundError) Remedy() string {
	switch {
	case e.Mend != "":
		return e.Mend
	case e.Explicit:
		return correct(e.Tried[len(e.Tried)-1].Place)
	}
	return "run: " + InstallCommand
}

// Resolve finds the library to use: the one named by the flag, by ACDEPLOY_ORT_LIB, by the
// configuration or by ORT_DYLIB_PATH, else the installed one, else that of Python's package onnxruntime, else the one that
// the dynamic linker knows. A library that is named outright and cannot be used is an error, never passed over, and so is an installed one that
// is not what was installed, or that others may change. Every failure is a [*NotFoundError].
func (s Store) Resolve(req Request) (Found, error) {
	getenv := req.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	var tried []Attempt
	for _, named := range []struct{ place, path, absent string }{
		{"--ort-lib", req.Flag, "not given"},
		{"ACDEPLOY_ORT_LIB", getenv("ACDEPLOY_ORT_LIB"), "not set"},
		{"runtime.library", req.Config, "not configured"},
		{"ORT_DYLIB_PATH", getenv("ORT_DYLIB_PATH"), "not set"},
	} {
		if named.path == "" {
			tried = append(tried, Attempt{named.place, named.absent})
			continue
		}
		path, err := s.usable(named.path)
		if err != nil {
			tried = append(tried, Attempt{named.place, err.Error()})
			return Found{}, &NotFoundError{Tried: tried, Explicit: true}
		}
		return Found{Path: path, Source: named.place}, nil
	}
	path, attempt, err := s.installed()
	if path != "" {
		return Found{Path: path, Source: fromCache}, nil
	}
	tried = append(tried, attempt)
	if bad, ok := errors.AsType[*unfit](err); ok {
		return Found{}, &NotFoundError{Tried: tried, Mend: bad.remedy}
	}
	if path, err = s.bundled(req.Python); err == nil {
		return Found{Path: path, Source: fromPython}, nil
	}
	tried = append(tried, Attempt{fromPython, err.Error()})
	path, err = s.linked(req.Ldconfig)
	if err != nil {
		tried = append(tried, Attempt{fromLdconfig, err.Error()})
		return Found{}, &NotFoundError{Tried: tried}
	}
	return Found{Path: path, Source: fromLdconfig}, nil
}

// installed is the library in the store that the manifest has first, whatever else was installed later: the one that [Store.Install] gives
// unasked. One with GPU providers goes before one without: a process can use one library only, and the former serves the CPU as well. The
// error is an [*unfit] for a library that must not be used.
func (s Store) installed() (string, Attempt, error) {
	s, err := s.filled()
	if err != nil {
		return "", Attempt{fromCache, err.Error()}, nil
	}
	var rows []Runtime
	for _, flavour := range []string{"cuda13", "cuda12", "cpu"} {
		more, err := s.Manifest.For(s.OS, s.Arch, flavour)
		if err != nil && flavour == "cpu" {
			return "", Attempt{s.Dir, err.Error()}, nil
		}
		rows = append(rows, more...)
	}
	attempt := Attempt{s.Dir, "nothing is installed"}
	for _, c := range candidatesOf(rows) {
		folder := s.folder(c.Runtime, c.Library().SHA256)
		if _, err := os.Stat(folder); errors.Is(err, os.ErrNotExist) {
			continue
		}
		err := s.intact(c)
		if err == nil {
			return filepath.Join(folder, c.Library().Name()), Attempt{}, nil
		}
		attempt.Reason = err.Error()
		if _, bad := errors.AsType[*unfit](err); bad {
			return "", attempt, err
		}
	}
	return "", attempt, nil
}

// linked is the library that the dynamic linker knows.
func (s Store) linked(ldconfig func() (string, error)) (string, error) {
	if ldconfig == nil {
		ldconfig = runLdconfig
	}
	listing, err := ldconfig()
	if err != nil {
		return "", err
	}
	reason := errors.New("lists no libonnxruntime.so.1")
	for line := range strings.Lines(listing) {
		name, path, ok := strings.Cut(strings.TrimSpace(line), " => ")
		if !ok || !strings.HasPrefix(name, "libonnxruntime.so.1 ") {
			continue
		}
		usable, err := s.usable(path)
		if err == nil {
			return usable, nil
		}
		reason = err
	}
	return "", reason
}

// ldconfigLimit is more than the linker's cache has ever taken to print.
const ldconfigLimit = 10 * time.Second

// runLdconfig prints the linker's cache. The program often lies outside the user's PATH.
func runLdconfig() (string, error) {
	program, err := exec.LookPath("ldconfig")
	if err != nil {
		program = "/sbin/ldconfig"
	}
	ctx, cancel := context.WithTimeout(context.Background(), ldconfigLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-p").Output()
	if err != nil {
		return "", errors.New("not on this system")
	}
	return string(out), nil
}

// usable returns the absolute path of a file that can be a library of this platform.
func (s Store) usable(path string) (string, error) {
	expanded, err := homedir.Expand(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	abs, err := filepath.Abs(expanded)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("%s does not exist", abs)
	case err != nil:
		return "", err
	case info.IsDir():
		return "", fmt.Errorf("%s is a folder; name the library in it", abs)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a regular file", abs)
	}
	s = s.placed() // no folder: a library that is named needs no home
	if err := isLibrary(abs, s.OS, s.Arch); err != nil {
		return "", fmt.Errorf("%s %w", abs, err)
	}
	return abs, nil
}

// isLibrary checks that the file is in the platform's format for the processor.
func isLibrary(path, goos, arch string) error {
	var machine, want string
	var err error
	switch goos {
	case "darwin":
		var f *macho.File
		if f, err = macho.Open(path); err == nil {
			_ = f.Close()
			machine = f.Cpu.String()
			want = map[string]string{"amd64": macho.CpuAmd64.String(), "arm64": macho.CpuArm64.String()}[arch]
		} else if fat, fatErr := macho.OpenFat(path); fatErr == nil {
			return fat.Close() // holds several processors' code; the loader picks
		}
	case "windows":
		var f *pe.File
		if f, err = pe.Open(path); err == nil {
			_ = f.Close()
			machine = fmt.Sprintf("%#x", f.Machine)
			want = map[string]string{"amd64": "0x8664", "arm64": "0xaa64"}[arch]
		}
	default:
		var f *elf.File
		if f, err = elf.Open(path); err == nil {
			_ = f.Close()
			machine = f.Machine.String()
			want = map[string]string{"amd64": elf.EM_X86_64.String(), "arm64": elf.EM_AARCH64.String()}[arch]
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("is not a shared library of %s, or is incomplete", goos)
	case want != "" && machine != want:
		return fmt.Errorf("is a library for %s, this is %s (%s)", machine, want, arch)
	}
	return nil
}
