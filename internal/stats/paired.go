package stats

import (
	"math"
	"slices"

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

// Estimate is what a set of paired log ratios says. Logarithms are natural.
type Estimate struct {
	Units        int      // number of independent replicates
	Theta        float64  // mean log ratio
	SD           float64  // standard deviation of the log ratios
	Interval     Interval // t interval of Theta, confidence 1 − 2·Alpha
	Twin         Interval // Hodges–Lehmann interval of the same confidence
	Margin       float64  // the margin asked for, as a ratio: 0.02 is ±2 %
	P            float64  // of the test for equivalence within Margin
	PNonInferior float64  // of the test for "not slower than Margin"
	DeltaStar    float64  // the smallest margin that the data support, as a ratio
}

// Ratio is the estimated ratio.
func (e Estimate) Ratio() float64 { return math.Exp(e.Theta) }

// delta is the margin on the log scale, the same in both directions.
func (e Estimate) delta() float64 { return math.Log1p(e.Margin) }

// Paired estimates the ratio behind the log ratios d, one per independent replicate, and tests it
// against the margin. With fewer than two replicates the intervals are infinite and P is 1.
//
// Sources: the t interval of a mean; two one-sided tests, Schuirmann, Journal of Pharmacokinetics and
// Biopharmaceutics 15 (1987) 657–680, whose p is the larger of the two. DeltaStar is the margin at
// which that test would just succeed, the far end of the interval.
func Paired(d []float64, margin float64) Estimate {
	e := Estimate{Units: len(d), Margin: margin, P: 1, PNonInferior: 1, DeltaStar: math.Inf(1)}
	e.Theta, e.SD = meanSD(d)
	e.Interval = TInterval(d, 1-2*Alpha)
	e.Twin = HodgesLehmann(d, 1-2*Alpha)
	if len(d) < 2 {
		return e
	}
	se := e.SD / math.Sqrt(float64(len(d)))
	lower := oneSided(e.Theta+e.delta(), se, len(d))
	e.PNonInferior = oneSided(e.delta()-e.Theta, se, len(d))
	e.P = max(lower, e.PNonInferior)
	e.DeltaStar = max(math.Exp(e.Interval.High)-1, math.Exp(-e.Interval.Low)-1)
	return e
}

// oneSided is the p of the t test that a mean estimated as distance is not positive.
func oneSided(distance, se float64, n int) float64 {
	if se == 0 {
		if distance > 0 {
			return 0
		}
		return 1
	}
	return student(n).Survival(distance / se)
}

func student(n int) distuv.StudentsT {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}
}

// TInterval is the two-sided confidence interval of the mean of d by Student's t; infinite for fewer
// than two values.
func TInterval(d []float64, confidence float64) Interval {
	if len(d) < 2 {
		return Interval{math.Inf(-1), math.Inf(1)}
	}
	mean, sd := meanSD(d)
	if sd == 0 {
		return Interval{mean, mean}
	}
	half := student(len(d)).Quantile(0.5+confidence/2) * sd / math.Sqrt(float64(len(d)))
	return Interval{mean - half, mean + half}
}

// HodgesLehmann is the distribution-free confidence interval of the centre of d: order statistics of
// its Walsh averages, chosen by the normal approximation of the signed-rank statistic. It is infinite
// where so few values cannot reach the confidence.
//
// Source: Hollander, Wolfe and Chicken, Nonparametric Statistical Methods (2014), §3.3, eq. 3.41.
func HodgesLehmann(d []float64, confidence float64) Interval {
	s := float64(len(d))
	z := distuv.UnitNormal.Quantile(0.5 + confidence/2)
	c := int(math.Floor(s*(s+1)/4 - z*math.Sqrt(s*(s+1)*(2*s+1)/24)))
	if c < 1 {
		return Interval{math.Inf(-1), math.Inf(1)}
	}
	walsh := make([]float64, 0, len(d)*(len(d)+1)/2)
	for i := range d {
		for j := i; j < len(d); j++ {
			walsh = append(walsh, (d[i]+d[j])/2)
		}
	}
	slices.Sort(walsh)
	return Interval{walsh[c-1], walsh[len(walsh)-c]}
}
