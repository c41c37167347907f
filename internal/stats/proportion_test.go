package stats_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/acdeploy/acdeploy/internal/stats"
)

// TestProportion checks the ends of intervals by what defines them: a share of that size gives as many
// successes or more, or as few or less, with the probability of one tail.
func TestProportion(t *testing.T) {
	for _, n := range []int{1, 7, 40, 120} {
		for k := range n + 1 {
			i := stats.Proportion(k, n, 0.95)
			if k == 0 && i.Low != 0 || k == n && i.High != 1 {
				t.Errorf("%d of %d: [%g, %g]", k, n, i.Low, i.High)
			}
			if k > 0 {
				more := 1 - distuv.Binomial{N: float64(n), P: i.Low}.CDF(float64(k-1))
				if math.Abs(more-0.025) > 1e-9 {
					t.Errorf("%d of %d: the lower end %g gives as many with probability %g", k, n, i.Low, more)
				}
			}
			if k < n {
				less := distuv.Binomial{N: float64(n), P: i.High}.CDF(float64(k))
				if math.Abs(less-0.025) > 1e-9 {
					t.Errorf("%d of %d: the upper end %g gives as few with probability %g", k, n, i.High, less)
				}
			}
		}
	}
}
