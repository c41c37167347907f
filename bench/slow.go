package bench

import (
	"context"
	"slices"
)

// slowDown has the worker slow those arms down that ask for it, by shares of the baseline's latency.
func (m *measurement) slowDown(ctx context.Context, worker *client, medians []int64) error {
	extra := make([]int64, len(medians))
	for i, a := range m.setting.arms {
		extra[i] = int64(a.Slowdown * float64(medians[baseline]))
	}
	if slices.Max(extra) == 0 {
		return nil
	}
	_, err := worker.ask(ctx, request{Op: opSlow, Slow: extra})
	return err
}

// slow makes arms spin for so many nanoseconds within each run. Reading the clock takes part of the time
// itself: what a spin of no length takes is measured first, and left out.
func (w *worker) slow(extra []int64) {
	least := int64(1 << 62)
	for range 1000 {
		start := w.clock()
		w.spin(0)
		least = min(least, w.clock()-start)
	}
	for i, a := range w.arms {
		if extra[i] <= 0 {
			continue
		}
		run, length := a.run, max(0, extra[i]-least/2)
		a.run = func() error {
			err := run()
			w.spin(length)
			return err
		}
	}
}

// spin keeps the processor busy.
func (w *worker) spin(length int64) {
	for start := w.clock(); w.clock()-start < length; {
	}
}
