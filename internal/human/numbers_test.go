package human

import (
	"math"
	"testing"
)

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 rewrites", 1: "1 rewrite", 2: "2 rewrites", 1234: "1234 rewrites"} {
		if got := Count(n, "rewrite"); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1 000", 1_234_567: "1 234 567", -1000: "-1000"} {
		if got := Thousands(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0 %", 0.02: "2 %", 0.0059: "0.59 %", 1.0 / 3: "33.3 %", math.Inf(1): "–"} {
		if got := Percent(share); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
	if got := Percent(math.NaN()); got != "–" {
		t.Errorf("no number is %q", got)
	}
}
