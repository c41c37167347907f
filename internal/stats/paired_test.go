package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

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
	e := Paired(d, 0.02, Alpha)
	se := 0.003 / math.Sqrt(3)
	upper := func(t float64) float64 { return 0.5 - t/(2*math.Sqrt(2+t*t)) }
	delta := math.Log(1.02)
	near(t, "theta", e.Theta, 0.004, 1e-12)
	near(t, "sd", e.SD, 0.003, 1e-12)
	near(t, "p", e.P, upper((delta-0.004)/se), 1e-9)
	near(t, "p of non-inferiority", e.PNonInferior, upper((delta-0.004)/se), 1e-9)
	half := 2.919986 * se // t of 2 degrees of freedom at 0.95
	near(t, "delta star", e.DeltaStar, math.Exp(0.004+half)-1, 1e-7)

	mirrored := Paired([]float64{-0.001, -0.004, -0.007}, 0.02, Alpha)
	near(t, "p of the mirrored data", mirrored.P, e.P, 1e-12)
	near(t, "delta star of the mirrored data", mirrored.DeltaStar, e.DeltaStar, 1e-12)
	if mirrored.PNonInferior >= e.PNonInferior {
		t.Error("a faster candidate is not more clearly non-inferior")
	}
}

func TestPairedDegenerate(t *testing.T) {
	same := Paired(make([]float64, 12), 0.02, Alpha)
	if same.P != 0 || same.DeltaStar != 0 || same.Interval != (Interval{}) {
		t.Errorf("identical arms give %+v", same)
	}
	apart := Paired([]float64{1, 1, 1}, 0.02, Alpha)
	if apart.P != 1 {
		t.Errorf("p = %v far outside the margin, want 1", apart.P)
	}
	one := Paired([]float64{0}, 0.02, Alpha)
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
		e := Paired(d, 0.02, Alpha)
		inside := Side(e.Interval, 0.02) == Equivalent
		if inside != (e.P < Alpha) || inside != (e.DeltaStar < 0.02) {
			t.Fatalf("p %v, delta star %v, interval %v disagree", e.P, e.DeltaStar, e.Interval)
		}
	}
}

// The expected values come from an implementation of the textbooks' formulas that shares no code with this
// one: Student's distribution by numerical integration, ranks by sorting all pairs.
func TestAgainstAnotherImplementation(t *testing.T) {
	a := []float64{.0031, -.0042, .0105, .0007, .0088, -.0016, .0059, .0023, -.0075, .0132, .0046}
	b := []float64{.0210, .0055, .0148, -.0032, .0301, .0119, .0177, .0009, .0264, .0083, .0140, .0192, .0071}
	const tol = 1e-11
	e := Paired(a, 0.02, Alpha)
	near(t, "theta", e.Theta, 0.0032545454545454544, tol)
	near(t, "sd", e.SD, 0.006270783625092423, tol)
	near(t, "low", e.Interval.Low, -0.00017229726914598552, tol)
	near(t, "high", e.Interval.High, 0.006681388178236894, tol)
	near(t, "p", e.P, 2.6572582595418837e-06, tol)
	near(t, "p of non-inferiority", e.PNonInferior, 2.6572582595418837e-06, tol)
	near(t, "delta star", e.DeltaStar, math.Expm1(0.006681388178236894), tol)
	near(t, "low of the distribution-free interval", e.DistributionFree.Low, -0.00055, tol)
	near(t, "high of the distribution-free interval", e.DistributionFree.High, 0.00695, tol)

	u := Unpaired(a, b, 0.02)
	near(t, "unpaired theta", u.Theta, 0.010106993006993008, tol)
	near(t, "unpaired sd", u.SD, 0.011525780871968056, tol)
	near(t, "unpaired low", u.Interval.Low, 0.004457023360017359, tol)
	near(t, "unpaired high", u.Interval.High, 0.015756962653968656, tol)
	near(t, "unpaired p", u.P, 0.003816539547658926, tol)
	near(t, "low of the unpaired distribution-free interval", u.DistributionFree.Low, 0.004, tol)
	near(t, "high of the unpaired distribution-free interval", u.DistributionFree.High, 0.0161, tol)

	// The pairs of autocorrelations are 1.748, 0.381 and −0.686, which ends the sum.
	d := Depends([][]float64{{3, 4, 5, 4, 6, 7, 6, 5, 3, 2, 1, 2}, {5, 6, 7, 8, 6, 5, 4, 4, 3, 2, 3, 4}})
	near(t, "lag 1", d.Lag1, 0.7483471074380165, tol)
	near(t, "tau", d.Tau, 3.259504132231405, tol)
	near(t, "effective number", d.ESS, 7.363083164300202, tol)
}

// At a true ratio that equals the margin, equivalence may be claimed in 5 % of the repeats; the bound
// adds three standard errors of the simulation.
func TestTypeIError(t *testing.T) {
	delta := math.Log1p(0.02)
	equivalent := func(d []float64) bool { return Paired(d, 0.02, Alpha).P < Alpha }
	decided := func(d []float64) bool { v, _ := Decide(Paired(d, 0.02, Alpha)); return v == Equivalent }
	for name, noise := range map[string]func(*rand.Rand) float64{
		"spread 0.3": normal(0.3 * delta), "spread 0.6": normal(0.6 * delta), "heavy tails": heavy(0.3 * delta),
	} {
		for _, side := range []float64{delta, -delta} {
			if got := simulate(11, repeats, 12, side, noise, equivalent); got > 0.065 {
				t.Errorf("%s: equivalent in %.3f of the repeats at %+.4f", name, got, side)
			}
			if got := simulate(11, repeats, 12, side, noise, decided); got > 0.065 {
				t.Errorf("%s: verdict equivalent in %.3f of the repeats at %+.4f", name, got, side)
			}
		}
	}
	// The nominal level is reached, so the test is not merely timid.
	if got := simulate(12, repeats, 12, delta, normal(0.3*delta), equivalent); got < 0.035 {
		t.Errorf("type-I error %.3f, want about 0.05", got)
	}
}

func TestPower(t *testing.T) {
	delta := math.Log1p(0.02)
	equivalent := func(d []float64) bool { return Paired(d, 0.02, Alpha).P < Alpha }
	for _, c := range []struct {
		n     int
		sd    float64
		least float64
	}{{12, delta, 0.85}, {26, 1.5 * delta, 0.86}, {10, 0.01, 0.98}} {
		if got := simulate(21, repeats, c.n, 0, normal(c.sd), equivalent); got < c.least {
			t.Errorf("%d units, spread %.4f: power %.3f, want at least %v", c.n, c.sd, got, c.least)
		}
	}
}

func TestCoverage(t *testing.T) {
	for _, n := range []int{6, 10, 12, 20} {
		for name, noise := range map[string]func(*rand.Rand) float64{"normal": normal(0.01), "heavy tails": heavy(0.01)} {
			covered := func(interval func([]float64, float64) Interval) float64 {
				return simulate(31, repeats, n, 0.005, noise, func(d []float64) bool {
					return interval(d, 0.9).Contains(0.005)
				})
			}
			// Three standard errors of the simulation are 0.02.
			if got := covered(TInterval); got < 0.88 || got > 0.94 || (name == "normal" && got > 0.92) {
				t.Errorf("%s, %d units: the t interval covers %.3f", name, n, got)
			}
			if got := covered(HodgesLehmann); got < 0.88 {
				t.Errorf("%s, %d units: the distribution-free interval covers %.3f", name, n, got)
			}
		}
	}
}

// A number of units that a pilot of five decides keeps the level, and lacks power where the spread is large.
func TestPilotLacksPower(t *testing.T) {
	delta := math.Log1p(0.02)
	piloted := func(d []float64) bool {
		_, sd := meanSD(d[:5])
		n := int(math.Ceil(10.82*square(sd/delta))) + 1
		return Paired(d[:min(max(n, 5), len(d))], 0.02, Alpha).P < Alpha
	}
	if got := simulate(54, repeats, 200, delta, normal(delta), piloted); got > 0.065 {
		t.Errorf("it errs in %.3f of the repeats", got)
	}
	if got := simulate(55, repeats, 200, 0, normal(2*delta), piloted); got < 0.65 || got > 0.82 {
		t.Errorf("power %.3f, documented as 0.73", got)
	}
}

// The percentile bootstrap of few units is too narrow, so it decides nothing: documented are coverages of 0.80,
// 0.85, 0.86 and 0.88 for 6, 10, 12 and 20 units.
func TestPercentileBootstrapFails(t *testing.T) {
	const tries, resamples = 500, 400
	for n, documented := range map[int]float64{6: 0.80, 12: 0.86} {
		rng := newRNG(32)
		means := make([]float64, resamples)
		got := simulate(33, tries, n, 0.005, normal(0.01), func(d []float64) bool {
			for k := range means {
				sum := 0.0
				for range d {
					sum += d[rng.IntN(len(d))]
				}
				means[k] = sum / float64(len(d))
			}
			return Interval{Quantile(means, 0.05), Quantile(means, 0.95)}.Contains(0.005)
		})
		if math.Abs(got-documented) > 0.05 { // three standard errors of the simulation
			t.Errorf("%d units: it covers %.3f, documented as %.2f", n, got, documented)
		}
	}
}

// Units that share nothing are what the interval assumes. Runs, or blocks of the same unit, taken for
// independent make it too narrow.
func TestPoolingBlocksFails(t *testing.T) {
	rng := newRNG(61)
	const units, blocks = 12, 5
	for _, c := range []struct{ bias, most float64 }{{0.005, 0.70}, {0.015, 0.65}} {
		pooled, levels := 0, 0
		for range repeats {
			var all, perUnit []float64
			for range units {
				bias := c.bias * rng.NormFloat64()
				unit := make([]float64, blocks)
				for k := range unit {
					unit[k] = bias + 0.004*rng.NormFloat64()
				}
				all = append(all, unit...)
				perUnit = append(perUnit, Median(unit))
			}
			if TInterval(all, 0.9).Contains(0) {
				pooled++
			}
			if TInterval(perUnit, 0.9).Contains(0) {
				levels++
			}
		}
		if rate := float64(pooled) / repeats; rate > c.most {
			t.Errorf("bias %v: pooled blocks cover %.3f, documented as 0.55 to 0.65", c.bias, rate)
		}
		if rate := float64(levels) / repeats; rate < 0.88 || rate > 0.92 {
			t.Errorf("bias %v: two levels cover %.3f", c.bias, rate)
		}
	}
}
