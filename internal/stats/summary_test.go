package stats

import (
	"math"
	"testing"
)

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

func TestFarOutIsThreeRanges(t *testing.T) {
	x := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8} // with a tenth value the quartiles are 4.5 apart
	for v, want := range map[float64]int{17: 0, 20: 0, 21: 1, -9: 0, -12: 0, -13: 1} {
		if got := Outliers(append([]float64{v}, x...)); got != want {
			t.Errorf("%v: %d outliers", v, got)
		}
	}
}

func near(t *testing.T, name string, got, want, tol float64) {
	t.Helper()
	if got == want {
		return
	}
	if math.IsNaN(got) || math.Abs(got-want) > tol {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}
