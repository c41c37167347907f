package library

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Request says what names a library, most binding first.
type Request struct {
	Flag   string // value of --ort-lib
	Config string // value of runtime.library in the configuration

	Getenv   func(string) string    // nil for os.Getenv
	Program  func() (string, error) // file of the running program; nil for os.Executable
	Python   func() (string, error) // folder of Python's package onnxruntime; nil to ask Python
	Homebrew []string               // folders of libraries that Homebrew installs; nil for the usual ones
	Ldconfig func() (string, error) // prints the linker's cache; nil for ldconfig -p
}

// Found is the library to use.
type Found struct {
	Path    string `json:"path"`              // absolute
	Source  string `json:"source"`            // what named it, or the place where it was found
	Version string `json:"version,omitempty"` // as its package or its name says; "" where neither does
	// Passed are the places that come before it, and why each has no library to use.
	Passed []Attempt `json:"-"`
}

// Remedy is what to do when the library does not load. Another that is installed does not help while
// this one is named, or lies in an environment that comes first.
func (f Found) Remedy() string {
	switch {
	case slices.Contains([]string{fromCache, fromPython, fromHomebrew, fromLdconfig}, f.Source):
		return "run: " + InstallCommand
	case slices.Contains([]string{fromVenv, fromConda, fromProgram}, f.Source):
		return "reinstall the package onnxruntime of that environment, or name another library with --ort-lib"
	}
	return correct(f.Source)
}

// passed tells attempts in one line.
func passed(tried []Attempt) string {
	parts := make([]string, len(tried))
	for i, t := range tried {
		parts[i] = t.Place + ": " + t.Reason
	}
	return strings.Join(parts, "; ")
}

// Way says where the library was found, and which places come before it.
func (f Found) Way() string {
	if len(f.Passed) == 0 {
		return "found by " + f.Source
	}
	return "found by " + f.Source + "; before it: " + passed(f.Passed)
}

// LoadError is a library that was found and does not load.
type LoadError struct {
	Found Found // the library, and what named it
	Err   error // why it does not load
}

// Error says why, and what named the library.
func (e *LoadError) Error() string { return fmt.Sprintf("%v (named by %s)", e.Err, e.Found.Source) }

// Unwrap returns the cause.
func (e *LoadError) Unwrap() error { return e.Err }

// correct is the remedy for a library that is named outright.
func correct(place string) string { return "correct " + place + ", or unset it" }

// Attempt is one place where a library was looked for in vain.
type Attempt struct {
	Place  string // what names the library, or where it was looked for
	Reason string // why there was none
}

// NotFoundError lists every place tried.
type NotFoundError struct {
	Tried    []Attempt // in the order in which they were tried
	Explicit bool      // the last place tried names a library outright, so no other was tried
	Mend     string    // what to do about an installed library that must not be used, the last place tried; "" where there is none
	system   error     // why none of the libraries that can be installed loads on this system; nil where they do
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
	reason := fmt.Sprintf("no onnxruntime library was found in the %d places looked at", len(e.Tried))
	if e.system != nil {
		reason += "; " + e.system.Error()
	}
	return reason
}

// Places are the places tried and why each is no good, in one line.
func (e *NotFoundError) Places() string { return passed(e.Tried) }

// Remedy is what to do about it.
func (e *NotFoundError) Remedy() string {
	switch {
	case e.Mend != "":
		return e.Mend
	case e.Explicit:
		return correct(e.Tried[len(e.Tried)-1].Place)
	case e.system != nil:
		return glibcRemedy
	}
	return "run: " + InstallCommand
}

// Resolve finds the library to use: that of the first of [Store.places] that has one. A library that is named outright and
// cannot be used is an error, never passed over, and so is an installed one that is not what was installed, or that others may
// change. Every failure is a [*NotFoundError].
func (s Store) Resolve(req Request) (Found, error) {
	var tried []Attempt
	for _, p := range s.placed().places(req) {
		path, version, err := p.find()
		if err == nil {
			return Found{Path: path, Source: p.name, Version: version, Passed: tried}, nil
		}
		tried = append(tried, Attempt{p.told, err.Error()})
		if bad, ok := errors.AsType[*unfit](err); ok {
			return Found{}, &NotFoundError{Tried: tried, Mend: bad.remedy}
		}
		if _, silent := errors.AsType[unset](err); p.outright && !silent {
			return Found{}, &NotFoundError{Tried: tried, Explicit: true}
		}
	}
	return Found{}, &NotFoundError{Tried: tried, system: s.outdated()}
}
