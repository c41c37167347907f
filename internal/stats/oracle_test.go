package stats

import (
	"math"
	"testing"
)

// The expected values come from an implementation of the textbooks' formulas that shares no code with this
// one: Student's distribution by numerical integration, ranks by sorting all pairs.
func TestAgainstAnotherImplementation(t *testing.T) {
	a := []float64{.0031, -.0042, .0105, .0007, .0088, -.0016, .0059, .0023, -.0075, .0132, .0046}
	b := []float64{.0210, .0055, .0148, -.0032, .0301, .0119, .0177, .0009, .0264, .0083, .0140, .0192, .0071}
	const tol = 1e-11
	e := Paired(a, 0.02)
	near(t, "theta", e.Theta, 0.0032545454545454544, tol)
	near(t, "sd", e.SD, 0.006270783625092423, tol)
	near(t, "low", e.Interval.Low, -0.00017229726914598552, tol)
	near(t, "high", e.Interval.High, 0.006681388178236894, tol)
	near(t, "p", e.P, 2.6572582595418837e-06, tol)
	near(t, "p of non-inferiority", e.PNonInferior, 2.6572582595418837e-06, tol)
	near(t, "delta star", e.DeltaStar, math.Expm1(0.006681388178236894), tol)
	near(t, "low of the twin", e.Twin.Low, -0.00055, tol)
	near(t, "high of the twin", e.Twin.High, 0.00695, tol)

	u := Unpaired(a, b, 0.02)
	near(t, "unpaired theta", u.Theta, 0.010106993006993008, tol)
	near(t, "unpaired sd", u.SD, 0.011525780871968056, tol)
	near(t, "unpaired low", u.Interval.Low, 0.004457023360017359, tol)
	near(t, "unpaired high", u.Interval.High, 0.015756962653968656, tol)
	near(t, "unpaired p", u.P, 0.003816539547658926, tol)
	near(t, "low of the unpaired twin", u.Twin.Low, 0.004, tol)
	near(t, "high of the unpaired twin", u.Twin.High, 0.0161, tol)

	// The pairs of autocorrelations are 1.748, 0.381 and −0.686, which ends the sum.
	d := Depends([][]float64{{3, 4, 5, 4, 6, 7, 6, 5, 3, 2, 1, 2}, {5, 6, 7, 8, 6, 5, 4, 4, 3, 2, 3, 4}})
	near(t, "lag 1", d.Lag1, 0.7483471074380165, tol)
	near(t, "tau", d.Tau, 3.259504132231405, tol)
	near(t, "effective number", d.ESS, 7.363083164300202, tol)
}

func TestPrecise(t *testing.T) {
	third := math.Log1p(0.02) / 3
	for half, want := range map[float64]bool{0.99 * third: true, 1.01 * third: false, 1.4 * third: false} {
		// The verdict plays no part: this interval lies far beyond the margin.
		e := Estimate{Margin: 0.02, Interval: Interval{1 - half, 1 + half}}
		if e.Precise() != want {
			t.Errorf("half-width of %.2f thirds of the margin: %v", half/third, e.Precise())
		}
	}
}

// What counts for a quantile is which values lie above it, however many are equal to it.
func TestTailOfTiedValues(t *testing.T) {
	x := make([]float64, 400)
	for i := range x {
		x[i] = 1 + float64(i/100%2) // long stretches of one of two values
	}
	if tail := TailOf([][]float64{x}, 0.25); tail.ESS > 40 {
		t.Errorf("%.0f independent values in four stretches", tail.ESS)
	}
}

func TestFarOutIsThreeRanges(t *testing.T) {
	x := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8} // with a tenth value the quartiles are 4.5 apart
	for v, want := range map[float64]int{17: 0, 20: 0, 21: 1, -9: 0, -12: 0, -13: 1} {
		if got := Outliers(append([]float64{v}, x...)); got != want {
			t.Errorf("%v: %d outliers", v, got)
		}
	}
}
