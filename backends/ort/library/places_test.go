package library

import (
	"errors"
	"slices"
	"testing"
)

// The order in which places are looked at is a promise of the documentation.
func TestPlaces(t *testing.T) {
	var names []string
	for _, p := range (Store{Dir: "store"}).places(nowhere()) {
		names = append(names, p.name)
		if _, _, err := p.find(); err == nil {
			t.Errorf("%s has a library", p.name)
		} else if _, silent := errors.AsType[unset](err); p.outright && !silent {
			t.Errorf("%s is not set, and says %v", p.name, err)
		}
	}
	want := []string{
		"--ort-lib", "ACDEPLOY_ORT_LIB", "runtime.library", "ORT_DYLIB_PATH", "ORT_LIB_LOCATION", "VIRTUAL_ENV", "CONDA_PREFIX",
		"own environment", "cache", "python", "homebrew", "ldconfig",
	}
	if !slices.Equal(names, want) {
		t.Errorf("looked at %q", names)
	}
}
