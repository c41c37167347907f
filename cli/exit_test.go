package cli

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/acdeploy/acdeploy"
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
		"usage of the engine":    {acdeploy.ErrUsage, ExitUsage},
		"usage of a measurement": {fmt.Errorf("bench: %w", bench.ErrUsage), ExitUsage},
		"configuration":          {unreadable, ExitUsage},
		"differ":                 {acdeploy.ErrDiffer, ExitDiffer},
		"gate":                   {acdeploy.ErrGate, ExitGate},
		"missing":                {acdeploy.ErrMissing, ExitMissing},
		"invalid":                {fmt.Errorf("bench: %w", acdeploy.ErrInvalid), ExitInvalid},
		"interrupted":            {context.Canceled, ExitInterrupted},

		"interrupted first":      {errors.Join(unreadable, context.Canceled), ExitInterrupted},
		"usage before failed":    {errors.Join(plain, unreadable), ExitUsage},
		"failed before differ":   {errors.Join(acdeploy.ErrDiffer, plain), ExitFailed},
		"differ before missing":  {errors.Join(acdeploy.ErrMissing, acdeploy.ErrDiffer), ExitDiffer},
		"missing before invalid": {errors.Join(acdeploy.ErrInvalid, acdeploy.ErrMissing), ExitMissing},
		"invalid before gate":    {errors.Join(acdeploy.ErrGate, acdeploy.ErrInvalid), ExitInvalid},
		"joined within joined":   {errors.Join(errors.Join(acdeploy.ErrGate, acdeploy.ErrInvalid), acdeploy.ErrDiffer), ExitDiffer},
	} {
		t.Run(name, func(t *testing.T) {
			if got := exitCode(c.err); got != c.want {
				t.Errorf("exit code %d, want %d", got, c.want)
			}
		})
	}
}
