package outcome_test

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/acdeploy/acdeploy/internal/outcome"
)

// TestErrorf makes an error that matches its outcome and its cause, and says neither more nor less than it is told.
func TestErrorf(t *testing.T) {
	late := errors.New("late")
	err := outcome.Errorf(late, "read %s: %w", "a", fs.ErrNotExist)
	if !errors.Is(err, late) || !errors.Is(err, fs.ErrNotExist) || errors.Is(err, outcome.ErrUsage) {
		t.Errorf("it matches late %t, the cause %t, usage %t", errors.Is(err, late), errors.Is(err, fs.ErrNotExist), errors.Is(err, outcome.ErrUsage))
	}
	if got, want := err.Error(), "read a: file does not exist"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestUsagef(t *testing.T) {
	if err := outcome.Usagef("units must be at least %d", 2); !errors.Is(err, outcome.ErrUsage) || err.Error() != "units must be at least 2" {
		t.Errorf("got %v", err)
	}
}
