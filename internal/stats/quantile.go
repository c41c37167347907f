package stats

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// QuantileEstimate is a quantile with bounds that are order statistics. Each bound holds with a probability of
// 1 − [Alpha]; it is not a number where too few independent values were seen for one.
type QuantileEstimate struct {
	Q        float64 // which quantile
	Estimate float64
	Low      float64
	High     float64
	LowRank  int     // of the bounds among the N sorted values, from 1; 0 where there is none
	HighRank int     //
	N        int     // number of values
	ESS      float64 // effective number of independent ones
}

// EstimateQuantile estimates the q-quantile of all values of independent series.
//
// Sources: the bounds are those of David and Nagaraja, Order Statistics (2003), §7.1, for a sample of
// the effective size, their ranks scaled up to the number of values. What counts for a quantile is
// the dependence of the indicator "above it": Heidelberger and Lewis, Operations Research 32 (1984)
// 185–209.
func EstimateQuantile(series [][]float64, q float64) QuantileEstimate {
	all := slices.Sorted(values(series))
	t := QuantileEstimate{Q: q, N: len(all), Estimate: sortedQuantile(all, q), Low: math.NaN(), High: math.NaN()}
	if len(all) == 0 {
		return t
	}
	t.ESS = min(
		beyond(series, func(v float64) bool { return v > t.Estimate }),
		beyond(series, func(v float64) bool { return v >= t.Estimate }), // not the same where values are equal
	)
	independent := int(t.ESS)
	low, high := ranks(independent, q, Alpha)
	scale := float64(len(all)) / float64(max(1, independent))
	if low > 0 {
		t.LowRank = max(1, int(math.Floor(float64(low)*scale)))
		t.Low = all[t.LowRank-1]
	}
	if high > 0 {
		t.HighRank = min(len(all), int(math.Ceil(float64(high)*scale)))
		t.High = all[t.HighRank-1]
	}
	return t
}

// beyond is the effective number of independent values for the share of those that are in.
func beyond(series [][]float64, in func(float64) bool) float64 {
	indicator := make([][]float64, len(series))
	for i, x := range series {
		indicator[i] = make([]float64, len(x))
		for j, v := range x {
			if in(v) {
				indicator[i][j] = 1
			}
		}
	}
	return Depends(indicator).ESS
}

// values are those of all series.
func values(series [][]float64) func(yield func(float64) bool) {
	return func(yield func(float64) bool) {
		for _, x := range series {
			for _, v := range x {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// ranks are the largest l and the smallest r such that the l-th and the r-th of n independent values,
// from 1, bound the q-quantile from below and from above, each with a probability of 1 − alpha; 0 where
// there is no such rank.
func ranks(n int, q, alpha float64) (low, high int) {
	if n < 1 {
		return 0, 0
	}
	b := distuv.Binomial{N: float64(n), P: q}
	low = sort.Search(n, func(l int) bool { return b.CDF(float64(l)) > alpha })
	high = 1 + sort.Search(n, func(r int) bool { return b.CDF(float64(r)) >= 1-alpha })
	if high > n {
		high = 0
	}
	return low, high
}

// QuantileNeeds is the number of independent values from which the q-quantile has an upper bound: 59 for
// 0.95, 299 for 0.99.
func QuantileNeeds(q float64) int { return int(math.Ceil(math.Log(Alpha) / math.Log(q))) }

// bootstraps is the number of resamples. The ends of an interval of 0.9 rest on a twentieth of them.
const bootstraps = 5000

// QuantileRatio is the ratio of the q-quantiles of two arms, candidate over base, over all values, with the
// interval of confidence 1 − 2·[Alpha] of the percentile bootstrap over whole series: arms[i] of both
// are resampled together. The interval is too narrow for fewer than about 20 series.
//
// Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), §3.8, resampling the
// highest level only.
func QuantileRatio(base, candidate [][]float64, q float64, seed uint64) (ratio float64, i Interval) {
	units := min(len(base), len(candidate))
	if units < 2 {
		return math.NaN(), Everything()
	}
	a, b := newPool(base[:units]), newPool(candidate[:units])
	once := slices.Repeat([]int{1}, units)
	ratio = b.quantile(q, once) / a.quantile(q, once)
	rng := rand.New(rand.NewPCG(seed, 0x7461696c))
	ratios := make([]float64, bootstraps)
	drawn := make([]int, units)
	for k := range ratios {
		clear(drawn)
		for range units {
			drawn[rng.IntN(units)]++
		}
		ratios[k] = b.quantile(q, drawn) / a.quantile(q, drawn)
	}
	slices.Sort(ratios)
	return ratio, Interval{sortedQuantile(ratios, Alpha), sortedQuantile(ratios, 1-Alpha)}
}

// pool holds the values of several series, largest first, each with its series.
type pool struct {
	values []pooled
	sizes  []int // of the series
}

type pooled struct {
	value float64
	of    int32 // its series
}

func newPool(series [][]float64) pool {
	var p pool
	for i, x := range series {
		p.sizes = append(p.sizes, len(x))
		for _, v := range x {
			p.values = append(p.values, pooled{v, int32(i)})
		}
	}
	slices.SortFunc(p.values, func(a, b pooled) int { return cmp.Compare(b.value, a.value) })
	return p
}

// quantile is that of the values, each as many times as its series was drawn.
func (p pool) quantile(q float64, drawn []int) float64 {
	total := 0
	for i, n := range p.sizes {
		total += n * drawn[i]
	}
	above := int(math.Floor((1 - q) * float64(total)))
	for _, v := range p.values {
		if above -= drawn[v.of]; above < 0 {
			return v.value
		}
	}
	return math.NaN()
}
