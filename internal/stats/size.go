package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// MinUnits is the smallest number of replicates that carries a verdict.
const MinUnits = 10

// power is the chance of a definite verdict that [UnitsNeeded] plans for.
const power = 0.9

// UnitsNeeded is the number of replicates after which an effect of theta with a spread of sd is shown
// to lie on its side of the margin with a probability of 0.9, at least [MinUnits]. It is 0 when no
// number would do, or when it cannot be told.
//
// Source: Chow, Shao and Wang, Sample Size Calculations in Clinical Research (2008), §3.2.2, with
// σ²/n for the variance of the mean of paired differences, plus one for the estimated σ. At theta 0
// both one-sided tests can miss, hence β/2.
func UnitsNeeded(theta, sd, margin float64) int {
	delta := math.Log1p(margin)
	gap := math.Abs(delta - math.Abs(theta))
	normal := distuv.UnitNormal
	need := square((normal.Quantile(1-Alpha)+normal.Quantile(power))*sd/gap) + 1
	if math.Abs(theta) < delta {
		need = max(need, square((normal.Quantile(1-Alpha)+normal.Quantile((1+power)/2))*sd/delta)+1)
	}
	if math.IsNaN(need) || need > math.MaxInt32 {
		return 0
	}
	return max(MinUnits, int(math.Ceil(need)))
}

// StillNeeded is [UnitsNeeded] of an estimate that settled nothing: where as many units did not suffice, it
// is twice their number.
func StillNeeded(e Estimate) int {
	need := UnitsNeeded(e.Theta, e.SD, e.Margin)
	if need > 0 && need <= e.Units {
		return 2 * e.Units
	}
	return need
}

// Detectable is the smallest slowdown, as a ratio beyond 1, that a comparison with this spread calls slower with a probability of
// 0.9; infinite where there are too few replicates for any verdict.
//
// Source: Chow, Shao and Wang, as above, solved for the effect, with t for the estimated standard error.
func Detectable(e Estimate) float64 {
	if e.Units < MinUnits || !(e.Freedom > 0) {
		return math.Inf(1)
	}
	t := student(e.Freedom)
	return math.Expm1(e.delta() + (t.Quantile(1-e.Alpha)+t.Quantile(power))*e.SE)
}

func square(x float64) float64 { return x * x }
