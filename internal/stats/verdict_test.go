package stats

import (
	"math"
	"strings"
	"testing"
)

// around gives n log ratios that alternate about centre.
func around(centre, spread float64, n int) []float64 {
	d := make([]float64, n)
	for i := range d {
		d[i] = centre + spread*float64(i%4-1) - spread/2
	}
	return d
}

func TestDecide(t *testing.T) {
	for name, c := range map[string]struct {
		d      []float64
		want   Verdict
		reason string
	}{
		"equivalent":             {around(0, 0.004, 12), Equivalent, "lies within the margin of 2 %"},
		"equivalent, resolvable": {around(0.01, 0.002, 12), Equivalent, "resolvable difference of 1.01 %"},
		"slower":                 {around(0.05, 0.005, 12), Slower, "wholly beyond"},
		"faster":                 {around(-0.05, 0.005, 12), Faster, "wholly beyond"},
		"noisy":                  {around(0, 0.08, 12), NotShown, "units would be needed"},
		"at the margin":          {around(math.Log(1.02), 0.01, 12), NotShown, "no practical number"},
		"quick look":             {around(0.5, 0.001, 4), NotShown, "a quick look of 4 units"},
		"one unit":               {[]float64{0}, NotShown, "at least 10 units"},
		"no unit":                {nil, NotShown, "at least 10 units"},
		"the distribution-free interval disagrees": {
			[]float64{0.017, 0.004, 0.039, 0.007, 0.021, -0.014, 0.005, -0.002, 0.004, 0.024},
			NotShown, "its distribution-free twin does not; about 24 units would be needed",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, reason := Decide(Paired(c.d, 0.02, Alpha))
			if got != c.want || !strings.Contains(reason, c.reason) {
				t.Errorf("got %s: %s", got, reason)
			}
		})
	}
}

func TestSide(t *testing.T) {
	delta := math.Log1p(0.02)
	for _, c := range []struct {
		low, high float64 // in margins
		want      Verdict
	}{
		{-0.9, 0.9, Equivalent},
		{-1, 0.5, NotShown},
		{-0.5, 1, NotShown},
		{-3, -1.1, Faster},
		{1.1, 3, Slower},
		{-3, 3, NotShown},
		{0.5, 1.5, NotShown},
		{math.Inf(-1), math.Inf(1), NotShown},
		{math.NaN(), math.NaN(), NotShown},
	} {
		if got := Side(Interval{c.low * delta, c.high * delta}, 0.02); got != c.want {
			t.Errorf("Side(%v δ, %v δ) = %s, want %s", c.low, c.high, got, c.want)
		}
	}
}
