package stats

import (
	"math"
	"testing"
)

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
