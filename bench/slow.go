package bench

import (
	"context"
	"slices"
)

// slowDown has the worker slow those arms down that ask for it.
func (m *measurement) slowDown(ctx context.Context, worker *client) error {
	shares := make([]float64, len(m.setting.arms))
	for i, a := range m.setting.arms {
		shares[i] = a.Slowdown
	}
	if slices.Max(shares) == 0 {
		return nil
	}
	_, err := worker.ask(ctx, request{Op: opSlow, Slow: shares})
	return err
}

// slow makes arms spin behind each run for a share of what that very run took: whatever disturbs a run
// stretches the spin alike, so the ratio is the same everywhere. Reading the clock takes part of the time
// itself: what a spin of no length takes is measured first, and left out.
func (w *worker) slow(shares []float64) {
	least := int64(1 << 62)
	for range 1000 {
		start := w.clock()
		w.spin(w.clock())
		least = min(least, w.clock()-start)
	}
	for i, a := range w.arms {
		if shares[i] <= 0 {
			continue
		}
		run, share := a.run, shares[i]
		a.run = func() error {
			start := w.clock()
			err := run()
			took := w.clock() - start
			w.spin(start + took + max(0, int64(share*float64(took))-least))
			return err
		}
	}
}

// spin keeps the processor busy until a time of the clock.
func (w *worker) spin(until int64) {
	for w.clock() < until {
	}
}
