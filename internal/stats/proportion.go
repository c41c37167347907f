package stats

import "gonum.org/v1/gonum/stat/distuv"

// Proportion is the interval of a share of which k of n were seen: two-sided, of the given confidence.
// It is never too narrow, whatever the share.
//
// Source: Clopper and Pearson, Biometrika 26 (1934) 404–413, through quantiles of the beta distribution.
func Proportion(k, n int, confidence float64) Interval {
	tail := (1 - confidence) / 2
	i := Interval{Low: 0, High: 1}
	if k > 0 {
		i.Low = distuv.Beta{Alpha: float64(k), Beta: float64(n - k + 1)}.Quantile(tail)
	}
	if k < n {
		i.High = distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(1 - tail)
	}
	return i
}
