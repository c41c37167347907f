// Package stats summarises latencies and compares them in pairs.
//
//	latencies of a unit      Quantile, TrimmedMean, Outliers, EstimateQuantile
//	one log ratio a unit     Paired, Unpaired  → Estimate: ratio, interval, p
//	an estimate              Decide            → Verdict: equivalent, faster, slower, not shown
//	how much to measure      UnitsNeeded, Looks, Depends
//
// A unit is a fresh process: units are independent of each other, runs within one are not. The log of
// the ratio is compared, so that "twice as slow" and "twice as fast" weigh the same. The test is one of
// equivalence: a test that finds no difference has not shown that there is none.
package stats

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Quantile is the q-quantile of x, 0 ≤ q ≤ 1, by linear interpolation between order statistics;
// NaN when x is empty. x is not changed.
//
// Source: Hyndman and Fan, Sample Quantiles in Statistical Packages, The American Statistician 50
// (1996), definition 7.
func Quantile(x []float64, q float64) float64 {
	return sortedQuantile(ascending(x), q)
}

// ascending is a sorted copy.
func ascending(x []float64) []float64 {
	s := slices.Clone(x)
	slices.Sort(s)
	return s
}

// sortedQuantile is [Quantile] of values in ascending order.
func sortedQuantile(s []float64, q float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	at := q * float64(len(s)-1)
	low := int(math.Floor(at))
	if low+1 >= len(s) || at == float64(low) {
		return s[min(low, len(s)-1)]
	}
	return s[low] + (at-float64(low))*(s[low+1]-s[low])
}

// Median is the middle value of x, or the mean of the two middle ones; NaN when x is empty.
func Median(x []float64) float64 { return Quantile(x, 0.5) }

// TrimmedMean is the mean of x without the given share of its values at either end; NaN when x is empty.
func TrimmedMean(x []float64, share float64) float64 {
	s := ascending(x)
	cut := int(share * float64(len(s)))
	mean, _ := meanSD(s[cut : len(s)-cut])
	return mean
}

// Outliers counts the elements that lie more than three interquartile ranges outside the quartiles.
// They are counted, never removed.
//
// Source: Tukey, Exploratory Data Analysis (1977), "far out" values.
func Outliers(x []float64) int {
	low, high := Quantile(x, 0.25), Quantile(x, 0.75)
	reach := 3 * (high - low)
	n := 0
	for _, v := range x {
		if v < low-reach || v > high+reach {
			n++
		}
	}
	return n
}

// meanSD is the mean and the sample standard deviation; the latter is NaN for fewer than two values.
func meanSD(x []float64) (mean, sd float64) {
	if len(x) == 0 {
		return math.NaN(), math.NaN()
	}
	return stat.MeanStdDev(x, nil)
}
