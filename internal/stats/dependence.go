package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Dependence says how far values that followed each other in time are from being independent.
type Dependence struct {
	N    int     // number of values
	Lag1 float64 // autocorrelation of neighbours
	Tau  float64 // integrated autocorrelation time in values: so many tell as much as one independent value
	ESS  float64 // effective number of independent values, N / Tau
}

// maxSummed bounds the values whose autocorrelations are summed; longer series are averaged in batches
// first, which keeps the variance of their mean.
const maxSummed = 1 << 14

// Depends estimates the dependence of series that are independent of each other, but share their mean:
// what sets a whole series apart counts as dependence within it. Without any spread Tau is 1.
//
// Sources: τ = 1 + 2·Σρ, the sum ended by the initial positive sequence of Geyer, Statistical Science 7
// (1992) 473–483: ρ is summed in pairs until one is not positive. Batches: n·Var(mean) is m·Var(batch)·τ of
// the batches for batches of m values.
func Depends(series [][]float64) Dependence {
	d := Dependence{Tau: 1}
	sum := 0.0
	for _, x := range series {
		for _, v := range x {
			sum += v
		}
		d.N += len(x)
	}
	d.ESS = float64(d.N)
	c := centred{series, sum / float64(d.N)}
	variance := c.covariance(0)
	if d.N < 2 || !(variance > 0) {
		return d
	}
	d.Lag1 = c.covariance(1) / variance
	batch := (d.N + maxSummed - 1) / maxSummed
	c.series = batches(series, batch)
	if spread := c.covariance(0); spread > 0 {
		d.Tau = max(1, float64(batch)*spread/variance*c.tau(spread))
	}
	d.ESS = float64(d.N) / d.Tau
	return d
}

// centred are independent series about the mean of all their values.
type centred struct {
	series [][]float64
	mean   float64
}

// tau is the integrated autocorrelation time of series with the given variance.
func (c centred) tau(variance float64) float64 {
	longest := 0
	for _, x := range c.series {
		longest = max(longest, len(x))
	}
	sum := -1.0 // the first pair holds lag 0, which counts once
	for lag := 0; lag < longest; lag += 2 {
		pair := (c.covariance(lag) + c.covariance(lag+1)) / variance
		if !(pair > 0) {
			break
		}
		sum += 2 * pair
	}
	return sum
}

// covariance is the mean product of the deviations of values that lie lag apart in a series. The divisor
// is the number of values, whatever the lag.
func (c centred) covariance(lag int) float64 {
	products, n := 0.0, 0
	for _, x := range c.series {
		for i := lag; i < len(x); i++ {
			products += (x[i] - c.mean) * (x[i-lag] - c.mean)
		}
		n += len(x)
	}
	return products / float64(n)
}

// batches are the means of size consecutive values; what is left over at the end of a series is left
// out.
func batches(series [][]float64, size int) [][]float64 {
	if size <= 1 {
		return series
	}
	means := make([][]float64, len(series))
	for i, x := range series {
		for ; len(x) >= size; x = x[size:] {
			sum := 0.0
			for _, v := range x[:size] {
				sum += v
			}
			means[i] = append(means[i], sum/float64(size))
		}
	}
	return means
}

// Lag1 is the autocorrelation of neighbours in series that each have a mean of their own; NaN where
// nothing varies.
func Lag1(series ...[]float64) float64 {
	products, squares := 0.0, 0.0
	for _, x := range series {
		mean, _ := meanSD(x)
		for i, v := range x {
			squares += square(v - mean)
			if i > 0 {
				products += (v - mean) * (x[i-1] - mean)
			}
		}
	}
	if squares == 0 {
		return math.NaN()
	}
	return products / squares
}

// LagNoise is what [Lag1] of n independent values exceeds in one of twenty cases, about.
//
// Source: Bartlett, Journal of the Royal Statistical Society, Supplement 8 (1946) 27–41: its variance is
// about 1/n.
func LagNoise(n int) float64 { return distuv.UnitNormal.Quantile(1-Alpha) / math.Sqrt(float64(n)) }
