package library

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// work is what Install has to do.
type work struct {
	Options
	all    []candidate // of the platform and flavour
	chosen []candidate // of the version that is to be installed
}

// ofVersion are the candidates of the version that is asked for.
func (w work) ofVersion(s Store) ([]candidate, error) {
	want := w.Version
	if want == "" {
		want = w.all[0].Version
	}
	var chosen []candidate
	var known []string
	for _, c := range w.all {
		if known = append(known, c.Version); c.Version == want {
			chosen = append(chosen, c)
		}
	}
	if chosen == nil {
		return nil, fmt.Errorf("onnxruntime %s (%s) is not pinned for %s/%s; known are %s; to use a library of your own, name it with --ort-lib or ACDEPLOY_ORT_LIB",
			want, w.Flavour, s.OS, s.Arch, strings.Join(slices.Compact(known), ", "))
	}
	return chosen, nil
}

// fitting are the candidates that a file of the user's may be. Who names a file need not name its version as well.
func (w work) fitting() []candidate {
	if w.Version == "" {
		return w.all
	}
	return w.chosen
}

// elsewhere names another version that a program of this machine brings where none of the chosen one's does, as the end of a
// sentence. It is never taken unasked: who measures wants the same version everywhere.
func (w work) elsewhere() string {
	programs := map[string]string{KindWheel: "pip", KindNPM: "npm"}
	for _, c := range w.all {
		program := programs[c.Kind]
		known := slices.ContainsFunc(w.chosen, func(chosen candidate) bool { return chosen.Kind == c.Kind })
		if _, err := exec.LookPath(program); err == nil && !known && w.Mirror == "" {
			return fmt.Sprintf("; %s brings %s: %s --version %s", program, c.Version, InstallCommand, c.Version)
		}
	}
	return ""
}

// nothingToFetchWith is the error for a machine that has none of the programs that the sources need,
// nil when an error has another cause.
func nothingToFetchWith(errs []error) error {
	var programs []string
	for _, err := range errs {
		absent, ok := errors.AsType[absentProgram](err)
		if !ok {
			return nil
		}
		if !slices.Contains(programs, string(absent)) {
			programs = append(programs, string(absent))
		}
	}
	are := "is"
	if len(programs) > 1 {
		are = "are"
	}
	return fmt.Errorf("%s %s not installed; install %s, or give a file: %s --from FILE",
		strings.Join(programs, " and "), are, strings.Join(programs, " or "), InstallCommand)
}

// inTurn are the errors of sources that were tried one after the other, in one line.
type inTurn []error

// Error lists them.
func (i inTurn) Error() string {
	texts := make([]string, len(i))
	for n, err := range i {
		texts[n] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap returns them all.
func (i inTurn) Unwrap() []error { return i }
