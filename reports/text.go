package reports

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// milliseconds writes a time with four significant digits.
func milliseconds(ns int64) string {
	if ns <= 0 {
		return "–"
	}
	return significant(float64(ns)/1e6, 4) + " ms"
}

// elapsed writes a time with three significant digits, in the unit that fits.
func elapsed(ns int64) string {
	switch v := float64(ns); {
	case ns < 1000:
		return fmt.Sprintf("%d ns", ns)
	case ns < 1_000_000:
		return significant(v/1e3, 3) + " µs"
	case ns < 1_000_000_000:
		return significant(v/1e6, 3) + " ms"
	default:
		return significant(v/1e9, 3) + " s"
	}
}

// significant writes v with so many digits, and no exponent.
func significant(v float64, digits int) string {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	after := max(0, digits-1-int(math.Floor(math.Log10(math.Abs(v)))))
	return strconv.FormatFloat(v, 'f', after, 64)
}

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

// percent writes a share such as 0.02 as "2 %".
func percent(share float64) string {
	if !finite(share) {
		return "–"
	}
	return strconv.FormatFloat(100*share, 'g', 3, 64) + " %"
}

// within writes a margin: "±0.6 %".
func within(share float64) string {
	if !finite(share) {
		return "–"
	}
	return "±" + percent(share)
}

// tiny writes a difference: "3.1e-16", or "0" where there is none at all.
func tiny(v float64) string {
	switch {
	case !finite(v):
		return "not finite"
	case v == 0:
		return "0"
	}
	return strconv.FormatFloat(v, 'e', 1, 64)
}

// bytes writes a size in decimal units, as disks and networks are sold.
func bytes(n int64) string {
	switch {
	case n < 0:
		return "–"
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// thousands writes a number with thin groups: 1 234 567.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	if n < 0 {
		return s
	}
	var b strings.Builder
	for i, d := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// count writes "1 rewrite", "2 rewrites".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// clean keeps text from files from steering a terminal or leaving its line.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsGraphic(r) {
			return '�'
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
}

// clip shortens s to so many characters; the end, which tells paths and nodes apart, stays.
func clip(s string, most int) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	return "…" + string(runes[len(runes)-most+1:])
}
