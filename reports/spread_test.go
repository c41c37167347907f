package reports

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
)

// A bound that the runs are too few for is a question mark, not a number.
func TestBounds(t *testing.T) {
	nan := bench.Float(math.NaN())
	for want, q := range map[string]judge.Quantile{
		"1.000 ms – 2.000 ms": {Low: 1e6, LowRank: 1, High: 2e6, HighRank: 9},
		"1.000 ms – ?":        {Low: 1e6, LowRank: 1, High: nan},
		"? – ?":               {Low: nan, LowRank: 1, High: 2e6},
	} {
		if got := bounds(q); got != want {
			t.Errorf("%+v: %s, want %s", q, got, want)
		}
	}
}
