package reports

import (
	"math"
	"testing"
)

func TestNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ got, want string }{
		{ratio(0.99849), "0.998"},
		{ratio(nan), "–"},
		{interval(0.9941, 1.0029), "[0.994, 1.003]"},
		{interval(1, inf), ""},
		{within(0.02), "±2 %"},
		{within(inf), "–"},
		{difference(0), "0"},
		{difference(3.14e-16), "3.1e-16"},
		{difference(nan), "not finite"},
		{probability(0.5), "p = 0.5000"},
		{probability(1e-9), "p < 0.0001"},
		{probability(nan), "p unknown"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
