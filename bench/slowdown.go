package bench

import (
	"context"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/internal/stats"
	"github.com/acdeploy/acdeploy/worker"
)

// Truth is how many times as long an arm really took because it was slowed down: the mean over the units that count of the median over
// their runs, as the estimate is made. 1 where nothing was slowed down.
func (s *Setting) Truth(arm int) float64 {
	sum, units := 0.0, 0
	for _, u := range s.Good() {
		var runs []float64
		for _, b := range u.Blocks {
			if arm >= len(b.Alone) || len(b.Alone[arm]) != len(b.Wall[arm]) {
				continue
			}
			for k, alone := range b.Alone[arm] {
				runs = append(runs, math.Log(float64(b.Wall[arm][k])/float64(max(1, alone))))
			}
		}
		if len(runs) > 0 {
			sum, units = sum+stats.Median(runs), units+1
		}
	}
	return math.Exp(sum / float64(max(units, 1)))
}

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
