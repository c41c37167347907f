package human

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// unknown is written for a number that is not known.
const unknown = "–"

// Count writes a number of things, with the plural of the word: "1 rewrite", "2 rewrites".
func Count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// Thousands writes a number in groups of three digits: 1 234 567.
func Thousands(n int64) string {
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

// Percent writes a share such as 0.02 as "2 %", with three significant digits.
func Percent(share float64) string {
	if math.IsNaN(share) || math.IsInf(share, 0) {
		return unknown
	}
	return strconv.FormatFloat(100*share, 'g', 3, 64) + " %"
}

// significant writes v with so many significant digits, and no exponent.
func significant(v float64, digits int) string {
	if v == 0 {
		return "0"
	}
	after := max(0, digits-1-int(math.Floor(math.Log10(math.Abs(v)))))
	return strconv.FormatFloat(v, 'f', after, 64)
}
