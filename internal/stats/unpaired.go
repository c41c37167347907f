package stats

import "math"

// Unpaired estimates the log ratio of b to a, the logarithms of times that independent replicates gave
// apart, and tests it against the margin. Units is the size of the smaller group, SD the spread that
// pairs of replicates would have.
//
// Source: Welch, Biometrika 34 (1947) 28–35, for unequal variances, with Satterthwaite's degrees of
// freedom; the tests are those of [Paired].
func Unpaired(a, b []float64, margin float64) Estimate {
	meanA, sdA := meanSD(a)
	meanB, sdB := meanSD(b)
	n, m := float64(len(a)), float64(len(b))
	e := Estimate{
		Units: min(len(a), len(b)), Alpha: Alpha, Margin: margin,
		Theta: meanB - meanA, SD: math.Hypot(sdA, sdB), DistributionFree: Everything(),
	}
	if max(len(a), len(b)) <= maxRanked {
		e.DistributionFree = shift(a, b, 1-2*Alpha)
	}
	if e.Units < 2 {
		return e.test(math.NaN(), 0)
	}
	va, vb := square(sdA)/n, square(sdB)/m
	freedom := square(va+vb) / (square(va)/(n-1) + square(vb)/(m-1))
	if va+vb == 0 {
		freedom = n + m - 2
	}
	e = e.test(math.Sqrt(va+vb), freedom)
	if max(len(a), len(b)) > maxRanked {
		e.DistributionFree = e.Interval
	}
	return e
}
