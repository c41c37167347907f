package reports

import (
	"fmt"
	"math"
	"strconv"

	"github.com/acdeploy/acdeploy/internal/human"
)

// finite reports whether v is a number.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// ratio writes a ratio with three decimals; a dash where there is none.
func ratio(v float64) string {
	if !finite(v) {
		return "–"
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// interval writes "[0.994, 1.003]"; nothing where there is none.
func interval(low, high float64) string {
	if !finite(low) || !finite(high) {
		return ""
	}
	return "[" + ratio(low) + ", " + ratio(high) + "]"
}

// within writes a margin: "±0.6 %".
func within(share float64) string {
	if !finite(share) {
		return "–"
	}
	return "±" + human.Percent(share)
}

// difference writes a difference of answers: "3.1e-16", or "0" where there is none at all.
func difference(v float64) string {
	switch {
	case !finite(v):
		return "not finite"
	case v == 0:
		return "0"
	}
	return strconv.FormatFloat(v, 'e', 1, 64)
}

// probability writes a p.
func probability(p float64) string {
	switch {
	case !finite(p):
		return "p unknown"
	case p < 0.0001:
		return "p < 0.0001"
	}
	return fmt.Sprintf("p = %.4f", p)
}

// orDash writes a number of things; a dash for none.
func orDash(n int64) string {
	if n == 0 {
		return "–"
	}
	return human.Thousands(n)
}
