package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

func TestExitCodes(t *testing.T) {
	_, unreadable := configs.Parse("x.yaml", []byte("models: x"), configs.Catalogs{})
	plain := errors.New("a full disk")
	for name, c := range map[string]struct {
		err  error
		want int
	}{
		"nothing":                {nil, ExitOK},
		"any":                    {plain, ExitFailed},
		"usage":                  {outcome.Usagef("no such command"), ExitUsage},
		"usage of the engine":    {ErrUsage, ExitUsage},
		"usage of a measurement": {fmt.Errorf("bench: %w", bench.ErrUsage), ExitUsage},
		"configuration":          {unreadable, ExitUsage},
		"differ":                 {ErrDiffer, ExitDiffer},
		"gate":                   {ErrGate, ExitGate},
		"missing":                {ErrMissing, ExitMissing},
		"invalid":                {fmt.Errorf("bench: %w", ErrInvalid), ExitInvalid},
		"interrupted":            {context.Canceled, ExitInterrupted},

		"interrupted first":      {errors.Join(unreadable, context.Canceled), ExitInterrupted},
		"usage before failed":    {errors.Join(plain, unreadable), ExitUsage},
		"failed before differ":   {errors.Join(ErrDiffer, plain), ExitFailed},
		"differ before missing":  {errors.Join(ErrMissing, ErrDiffer), ExitDiffer},
		"missing before invalid": {errors.Join(ErrInvalid, ErrMissing), ExitMissing},
		"invalid before gate":    {errors.Join(ErrGate, ErrInvalid), ExitInvalid},
		"joined within joined":   {errors.Join(errors.Join(ErrGate, ErrInvalid), ErrDiffer), ExitDiffer},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ExitCode(c.err); got != c.want {
				t.Errorf("exit code %d, want %d", got, c.want)
			}
		})
	}
}

// TestConclusionOf has a stable word for each reason, and none for success.
func TestConclusionOf(t *testing.T) {
	if o := conclusionOf(nil); !o.Passed || o.ExitCode != 0 || len(o.Reasons) > 0 {
		t.Errorf("success: %+v", o)
	}
	kinds := []error{outcome.Usagef("a"), errors.New("b"), ErrDiffer, ErrMissing, ErrInvalid, ErrGate, context.Canceled}
	words := []string{"usage", "failed", "differ", "missing", "invalid", "gate", "interrupted"}
	o := conclusionOf(errors.Join(kinds...))
	if o.Passed || o.ExitCode != ExitInterrupted || len(o.Reasons) != len(words) {
		t.Fatalf("%+v", o)
	}
	for i, r := range o.Reasons {
		if r.Code != words[i] || r.Text != kinds[i].Error() {
			t.Errorf("%v: %+v, want %s", kinds[i], r, words[i])
		}
	}
}
