package human

import "fmt"

// Bytes writes a size in decimal units: "1.5 MB". A negative size is unknown.
func Bytes(n int64) string {
	switch {
	case n < 0:
		return unknown
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// Milliseconds writes a number of nanoseconds in milliseconds, with four significant digits, so that times
// in one column can be compared. Zero and less is unknown.
func Milliseconds(ns int64) string {
	if ns <= 0 {
		return unknown
	}
	return significant(float64(ns)/1e6, 4) + " ms"
}

// Duration writes a number of nanoseconds in the unit that fits, with three significant digits.
func Duration(ns int64) string {
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
