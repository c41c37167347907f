package stats

import (
	"math"
	"testing"
)

func near(t *testing.T, name string, got, want, tol float64) {
	t.Helper()
	if got == want {
		return
	}
	if math.IsNaN(got) || math.Abs(got-want) > tol {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

func TestQuantile(t *testing.T) {
	for name, c := range map[string]struct {
		x    []float64
		q    float64
		want float64
	}{
		"empty":        {nil, 0.5, math.NaN()},
		"one":          {[]float64{7}, 0.99, 7},
		"odd median":   {[]float64{3, 1, 2}, 0.5, 2},
		"even median":  {[]float64{4, 1, 3, 2}, 0.5, 2.5},
		"interpolated": {[]float64{10, 20, 30, 40, 50}, 0.9, 46},
		"maximum":      {[]float64{1, 9, 5}, 1, 9},
		"minimum":      {[]float64{1, 9, 5}, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got := Quantile(c.x, c.q)
			if math.IsNaN(c.want) {
				if !math.IsNaN(got) {
					t.Errorf("got %v, want NaN", got)
				}
				return
			}
			near(t, "quantile", got, c.want, 1e-12)
		})
	}
	x := []float64{3, 1, 2}
	Median(x)
	if x[0] != 3 {
		t.Error("Median changed its argument")
	}
}

func TestTrimmedMean(t *testing.T) {
	near(t, "trimmed mean", TrimmedMean([]float64{100, 1, 2, 3, -50}, 0.2), 2, 1e-12)
	near(t, "of one", TrimmedMean([]float64{5}, 0.2), 5, 0)
	if got := TrimmedMean(nil, 0.2); !math.IsNaN(got) {
		t.Errorf("nothing gives %v", got)
	}
}

func TestOutliers(t *testing.T) {
	x := []float64{1, 1.1, 0.9, 1.05, 0.95, 1, 1, 1.1, 0.9, 40}
	if got := Outliers(x); got != 1 {
		t.Errorf("got %d, want 1", got)
	}
}

// Table values of Student's t: 1.833113 (9 degrees of freedom, 0.95), 1.795885 (11, 0.95), 3.105807
// (11, 0.995).
func TestTInterval(t *testing.T) {
	d := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10} // mean 5.5, sd 3.0276504
	i := TInterval(d, 0.90)
	near(t, "low", i.Low, 5.5-1.833113*3.0276504/math.Sqrt(10), 1e-5)
	near(t, "high", i.High, 5.5+1.833113*3.0276504/math.Sqrt(10), 1e-5)
	d = append(d, 11, 12) // mean 6.5, sd 3.6055513
	i = TInterval(d, 0.99)
	near(t, "half width at 99 %", i.High-6.5, 3.105807*3.6055513/math.Sqrt(12), 1e-5)
	if i := TInterval([]float64{1}, 0.9); !math.IsInf(i.Low, -1) || !math.IsInf(i.High, 1) {
		t.Errorf("one value gives %v, want an infinite interval", i)
	}
}

// With two degrees of freedom Student's distribution has a closed form: F(t) = ½ + t/(2√(2+t²)).
func TestPairedClosedForm(t *testing.T) {
	d := []float64{0.001, 0.004, 0.007} // mean 0.004, sd 0.003
	e := Paired(d, 0.02)
	se := 0.003 / math.Sqrt(3)
	upper := func(t float64) float64 { return 0.5 - t/(2*math.Sqrt(2+t*t)) }
	delta := math.Log(1.02)
	near(t, "theta", e.Theta, 0.004, 1e-12)
	near(t, "sd", e.SD, 0.003, 1e-12)
	near(t, "p", e.P, upper((delta-0.004)/se), 1e-9)
	near(t, "p of non-inferiority", e.PNonInferior, upper((delta-0.004)/se), 1e-9)
	half := 2.919986 * se // t of 2 degrees of freedom at 0.95
	near(t, "delta star", e.DeltaStar, math.Exp(0.004+half)-1, 1e-7)

	mirrored := Paired([]float64{-0.001, -0.004, -0.007}, 0.02)
	near(t, "p of the mirrored data", mirrored.P, e.P, 1e-12)
	near(t, "delta star of the mirrored data", mirrored.DeltaStar, e.DeltaStar, 1e-12)
	if mirrored.PNonInferior >= e.PNonInferior {
		t.Error("a faster candidate is not more clearly non-inferior")
	}
}

func TestPairedDegenerate(t *testing.T) {
	same := Paired(make([]float64, 12), 0.02)
	if same.P != 0 || same.DeltaStar != 0 || same.Interval != (Interval{}) {
		t.Errorf("identical arms give %+v", same)
	}
	apart := Paired([]float64{1, 1, 1}, 0.02)
	if apart.P != 1 {
		t.Errorf("p = %v far outside the margin, want 1", apart.P)
	}
	one := Paired([]float64{0}, 0.02)
	if one.P != 1 || !math.IsInf(one.DeltaStar, 1) {
		t.Errorf("one unit gives %+v", one)
	}
}

// The test and the interval are two views of one statement: p < α exactly when the interval lies
// within the margin, which is when DeltaStar is below it.
func TestPairedAgreesWithInterval(t *testing.T) {
	rng := newRNG(1)
	for range 500 {
		d := make([]float64, 3+rng.IntN(20))
		shift, spread := 0.03*rng.NormFloat64(), 0.03*rng.Float64()
		for i := range d {
			d[i] = shift + spread*rng.NormFloat64()
		}
		e := Paired(d, 0.02)
		inside := Side(e.Interval, 0.02) == Equivalent
		if inside != (e.P < Alpha) || inside != (e.DeltaStar < 0.02) {
			t.Fatalf("p %v, delta star %v, interval %v disagree", e.P, e.DeltaStar, e.Interval)
		}
	}
}

// For n = 10 at 90 % the constant is ⌊27.5 − 1.645·√96.25⌋ = 11, at n = 5 it is ⌊7.5 − 1.645·√13.75⌋ = 1.
func TestHodgesLehmann(t *testing.T) {
	i := HodgesLehmann([]float64{5, 1, 4, 2, 3}, 0.9)
	if i != (Interval{1, 5}) {
		t.Errorf("five values give %v, want their range", i)
	}
	if i := HodgesLehmann([]float64{1, 2, 3, 4}, 0.9); !math.IsInf(i.High, 1) {
		t.Errorf("four values give %v, want an infinite interval", i)
	}
	// The Walsh averages of 0, 10, …, 90 ascend 0 5 10 10 15 15 20 20 20 25 25 …: the 11th is 25.
	d := []float64{0, 10, 20, 30, 40, 50, 60, 70, 80, 90}
	if i := HodgesLehmann(d, 0.9); i != (Interval{25, 65}) {
		t.Errorf("ten values give %v, want [25, 65]", i)
	}
}

// Reference values of the planning formula at true ratio 1 and power 0.9.
func TestUnitsNeeded(t *testing.T) {
	delta := math.Log1p(0.02)
	for _, c := range []struct {
		theta, spread float64 // in margins
		want          int
	}{
		{0, 0.5, 10},
		{0, 1, 12},
		{0, 1.5, 26},
		{0, 2, 45},
		{0.5, 1, 36},  // (1.6449+1.2816)²/0.25 + 1
		{1.5, 1, 36},  // the same distance on the other side
		{1, 1, 0},     // at the margin nothing helps
		{3, 0.5, 10},  // far outside, the minimum
		{-0.5, 1, 36}, // signs do not matter
	} {
		if got := UnitsNeeded(c.theta*delta, c.spread*delta, 0.02); got != c.want {
			t.Errorf("UnitsNeeded(%v δ, %v δ) = %d, want %d", c.theta, c.spread, got, c.want)
		}
	}
	if got := UnitsNeeded(0, math.NaN(), 0.02); got != 0 {
		t.Errorf("unknown spread gives %d, want 0", got)
	}
}

// What did not suffice is no advice.
func TestStillNeeded(t *testing.T) {
	delta := math.Log1p(0.02)
	for _, c := range []struct {
		units  int
		theta  float64
		spread float64 // in margins
		want   int
	}{{9, 0, 0.5, 10}, {10, 0, 0.5, 20}, {12, 0, 0.5, 24}, {12, 0, 1, 24}, {12, 0, 1.5, 26}, {12, 1, 1, 0}} {
		e := Estimate{Units: c.units, Theta: c.theta * delta, SD: c.spread * delta, Margin: 0.02}
		if got := StillNeeded(e); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
