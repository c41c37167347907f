package shapes

import (
	"testing"
)

// TestArithmetic: numbers stand outside of terms, and what is equal for every size meets.
func TestArithmetic(t *testing.T) {
	ts := terms{}
	n, m := ts.named("N"), ts.named("M")
	for name, c := range map[string]struct{ got, want Dim }{
		"n + 2 − 2":            {plus(plus(n, 2), -2), n},
		"n + m":                {ts.sum(n, m), ts.sum(m, n)},
		"(n + 1) + (m + 2)":    {ts.sum(plus(n, 1), plus(m, 2)), plus(ts.sum(n, m), 3)},
		"(n + 3)·2":            {ts.times(plus(n, 3), 2), plus(ts.times(n, 2), 6)},
		"n·2·3":                {ts.times(ts.times(n, 2), 3), ts.times(n, 6)},
		"n·0":                  {ts.times(n, 0), Fixed(0)},
		"n·m":                  {ts.product(n, m), ts.product(m, n)},
		"n·4/2":                {ts.quotient(ts.times(n, 4), 2), ts.times(n, 2)},
		"n/2/3":                {ts.quotient(ts.quotient(n, 2), 3), ts.quotient(n, 6)},
		"(n + 4)/2":            {ts.quotient(plus(n, 4), 2), plus(ts.quotient(n, 2), 2)},
		"−7/2":                 {ts.quotient(Fixed(-7), 2), Fixed(-4)},
		"(n + 5) − (n + 2)":    {difference(plus(n, 5), plus(n, 2)), Fixed(3)},
		"n − m":                {difference(n, m), none()},
		"max(−3, 0)":           {ts.atLeastZero(Fixed(-3)), Fixed(0)},
		"max(n, 0)":            {ts.atLeastZero(n), n},
		"none + n":             {ts.sum(none(), n), none()},
		"past all numbers":     {ts.times(Fixed(1<<40), 1<<40), none()},
		"past all numbers, +":  {plus(Fixed(1<<52), 1), none()},
		"a fixed one past all": {Fixed(1<<52 + 1), none()},
		"n·m where m may be −": {ts.product(n, plus(m, -1)), none()},
		"max(n − 1, 0), again": {ts.atLeastZero(plus(n, -1)), ts.atLeastZero(plus(n, -1))},
	} {
		if c.got != c.want {
			t.Errorf("%s is %v, want %v", name, c.got, c.want)
		}
	}
	if n == m || ts.quotient(n, 2) == ts.quotient(n, 3) {
		t.Error("unlike sizes are equal")
	}
}

func TestDim(t *testing.T) {
	ts := terms{}
	n := ts.named("N")
	for d, want := range map[Dim]string{Fixed(3): "3", n: "N", plus(n, 2): "N+2", plus(n, -2): "N-2", none(): "?", ts.quotient(n, 2): "?1"} {
		if d.String() != want {
			t.Errorf("%s, want %s", d, want)
		}
	}
	if size, ok := plus(n, 3).Size(); ok {
		t.Errorf("the size of N+3 is %d", size)
	}
	if gap, ok := plus(n, 3).Minus(n); !ok || gap != 3 || !Fixed(2).Is(2) || n.Is(0) {
		t.Errorf("N+3 − N is %d", gap)
	}
}
