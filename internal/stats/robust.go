package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// maxRanked is the number of values beyond which the interval of the mean serves as its own distribution-free one: the
// central limit theorem makes it independent of the distribution, and pairs grow with the square.
const maxRanked = 1000

// HodgesLehmann is the distribution-free confidence interval of the centre of d: order statistics of
// its Walsh averages, chosen by the normal approximation of the signed-rank statistic. It is infinite
// where so few values cannot reach the confidence.
//
// Source: Hollander, Wolfe and Chicken, Nonparametric Statistical Methods (2014), §3.3, eq. 3.41.
func HodgesLehmann(d []float64, confidence float64) Interval {
	if len(d) > maxRanked {
		return TInterval(d, confidence)
	}
	s := float64(len(d))
	walsh := make([]float64, 0, len(d)*(len(d)+1)/2)
	for i := range d {
		for j := i; j < len(d); j++ {
			walsh = append(walsh, (d[i]+d[j])/2)
		}
	}
	return ordered(walsh, s*(s+1)*(2*s+1)/24, confidence)
}

// shift is the distribution-free confidence interval of how far b lies above a: order statistics of all
// differences, chosen by the normal approximation of the rank-sum statistic.
//
// Source: Hollander, Wolfe and Chicken (2014), §4.3, eq. 4.38.
func shift(a, b []float64, confidence float64) Interval {
	n, m := float64(len(a)), float64(len(b))
	differences := make([]float64, 0, len(a)*len(b))
	for _, x := range a {
		for _, y := range b {
			differences = append(differences, y-x)
		}
	}
	return ordered(differences, n*m*(n+m+1)/12, confidence)
}

// ordered is the interval between the c-th value from below and from above, where a rank statistic of
// that variance, symmetric about half the number of values, puts c.
func ordered(values []float64, variance, confidence float64) Interval {
	z := distuv.UnitNormal.Quantile(0.5 + confidence/2)
	c := int(math.Floor(float64(len(values))/2 - z*math.Sqrt(variance)))
	if c < 1 {
		return Everything()
	}
	slices.Sort(values)
	return Interval{values[c-1], values[len(values)-c]}
}
