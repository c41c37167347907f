package stats

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Alpha is the level of each one-sided test; intervals have confidence 1 − 2·Alpha.
const Alpha = 0.05

// Interval is a range of log ratios or of ratios.
type Interval struct{ Low, High float64 }

// Exp turns a range of log ratios into one of ratios.
func (i Interval) Exp() Interval { return Interval{math.Exp(i.Low), math.Exp(i.High)} }

// Contains reports whether v lies in the interval, ends included.
func (i Interval) Contains(v float64) bool { return i.Low <= v && v <= i.High }

// Half is half the width.
func (i Interval) Half() float64 { return (i.High - i.Low) / 2 }

// Everything is the interval of too few values.
func Everything() Interval { return Interval{math.Inf(-1), math.Inf(1)} }

// Estimate is what a set of log ratios says. Logarithms are natural.
type Estimate struct {
	Units            int      // number of independent replicates
	Alpha            float64  // of each one-sided test
	Theta            float64  // mean log ratio
	SD               float64  // standard deviation of the log ratios
	SE               float64  // standard error of Theta
	Freedom          float64  // its degrees of freedom, not positive where there are too few replicates
	Interval         Interval // t interval of Theta, confidence 1 − 2·Alpha
	DistributionFree Interval // Hodges–Lehmann interval of the same confidence
	Margin           float64  // the margin asked for, as a ratio: 0.02 is ±2 %
	P                float64  // of the test for equivalence within Margin
	PNonInferior     float64  // of the test for "not slower than Margin"
	DeltaStar        float64  // the smallest margin that the data support, as a ratio
}

// Ratio is the estimated ratio.
func (e Estimate) Ratio() float64 { return math.Exp(e.Theta) }

// delta is the margin on the log scale, the same in both directions.
func (e Estimate) delta() float64 { return math.Log1p(e.Margin) }

// Paired estimates the ratio from the log ratios d, one for each independent replicate, and tests it
// against the margin, each side at the level alpha. With fewer than two replicates the intervals are
// infinite and P is 1.
func Paired(d []float64, margin, alpha float64) Estimate {
	e := Estimate{Units: len(d), Alpha: alpha, Margin: margin}
	e.Theta, e.SD = meanSD(d)
	e.DistributionFree = HodgesLehmann(d, 1-2*alpha)
	return e.test(e.SD/math.Sqrt(float64(len(d))), float64(len(d)-1))
}

// test fills in the interval and the tests from the standard error of Theta with its degrees of freedom.
//
// Sources: the t interval of a mean; two one-sided tests, Schuirmann, Journal of Pharmacokinetics and
// Biopharmaceutics 15 (1987) 657–680, whose p is the larger of the two. DeltaStar is the margin at
// which that test would just succeed, the far end of the interval.
func (e Estimate) test(se, freedom float64) Estimate {
	e.SE, e.Freedom = se, freedom
	if !(freedom > 0) {
		e.P, e.PNonInferior, e.DeltaStar, e.Interval = 1, 1, math.Inf(1), Everything()
		return e
	}
	e.Interval = tInterval(e.Theta, se, freedom, 1-2*e.Alpha)
	lower := oneSided(e.Theta+e.delta(), se, freedom)
	e.PNonInferior = oneSided(e.delta()-e.Theta, se, freedom)
	e.P = max(lower, e.PNonInferior)
	e.DeltaStar = max(math.Exp(e.Interval.High)-1, math.Exp(-e.Interval.Low)-1)
	return e
}

// oneSided is the p of the t test that a mean estimated as distance is not positive.
func oneSided(distance, se, freedom float64) float64 {
	if se == 0 {
		if distance > 0 {
			return 0
		}
		return 1
	}
	return student(freedom).Survival(distance / se)
}

func student(freedom float64) distuv.StudentsT {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}
}

// TInterval is the two-sided confidence interval of the mean of d by Student's t; infinite for fewer
// than two values.
func TInterval(d []float64, confidence float64) Interval {
	mean, sd := meanSD(d)
	return tInterval(mean, sd/math.Sqrt(float64(len(d))), float64(len(d)-1), confidence)
}

func tInterval(mean, se, freedom, confidence float64) Interval {
	if !(freedom > 0) {
		return Everything()
	}
	if se == 0 {
		return Interval{mean, mean}
	}
	half := student(freedom).Quantile(0.5+confidence/2) * se
	return Interval{mean - half, mean + half}
}
