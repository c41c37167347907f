package acdeploy

import (
	"math"
	"testing"
)

// TestNoticed looks for the smallest change that moves a region too far.
func TestNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		from        float64 // the change from which on it is noticed
		per         float64 // how many times as far as it may a change of 1 would move the region
		least, most float64
		tries       int
	}{
		"in proportion":          {1e-5, 1e5, 1e-5, 1.2e-5, 2},
		"neighbours take a part": {1e-4, 1e5, 1e-4, 5e-4, 4},
		"a percent only":         {0.009, 1e5, 0.01, 0.01, 4},
		"nothing":                {0.02, 50, math.Inf(1), math.Inf(1), 1},
	} {
		tries := 0
		got, err := noticed(func(by float64) (float64, error) {
			if tries++; by < c.from {
				return 0.5, nil
			}
			return by * c.per, nil
		})
		if err != nil || got < c.least || got > c.most || tries != c.tries {
			t.Errorf("%s: %g after %d tries, %v", name, got, tries, err)
		}
	}
}
