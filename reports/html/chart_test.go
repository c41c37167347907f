package html

import (
	"math"
	"testing"
)

func TestAxis(t *testing.T) {
	for name, a := range map[string]axis{
		"nothing":  over(false),
		"one":      over(false, 1),
		"numbers":  over(false, 0.98, 1.02, math.NaN(), math.Inf(1)),
		"large":    over(false, 1e9, 3e9),
		"log":      over(true, 1e-16, 1e-6, 0),
		"log of 1": over(true, 1),
	} {
		ticks := a.ticks()
		if len(ticks) < 1 || len(ticks) > 8 {
			t.Errorf("%s: ticks %v of %v", name, ticks, a)
		}
		for _, v := range append(ticks, a.low, a.high, math.Inf(1), 0) {
			if x := a.at(v); !(x >= inset && x <= chartWidth-inset) {
				t.Errorf("%s: %g lies at %g", name, v, x)
			}
		}
	}
}
