package bench

import (
	"context"
	"slices"

	"github.com/acdeploy/acdeploy/worker"
)

// slowDown has the worker slow those arms down that ask for it.
func (m *measurement) slowDown(ctx context.Context, w *worker.Client) error {
	shares := make([]float64, len(m.condition.arms))
	for i, a := range m.condition.arms {
		shares[i] = a.Slowdown
	}
	if slices.Max(shares) == 0 {
		return nil
	}
	return w.Slow(ctx, shares)
}
