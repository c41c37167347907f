package human

import "testing"

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		-1: "–", 0: "0 B", 999: "999 B", 1000: "1.0 kB", 999_949: "999.9 kB", 1_500_000: "1.5 MB", 2_000_000_000: "2.0 GB", 5e12: "5000.0 GB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

// Four digits, whatever their place: the columns of a table can be compared.
func TestMilliseconds(t *testing.T) {
	for ns, want := range map[int64]string{-1: "–", 0: "–", 1_234: "0.001234 ms", 1_234_567: "1.235 ms", 1_234_567_890: "1235 ms", 98_765_432_100: "98765 ms"} {
		if got := Milliseconds(ns); got != want {
			t.Errorf("%d is %q, want %q", ns, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	for ns, want := range map[int64]string{0: "0 ns", 999: "999 ns", 1_000: "1.00 µs", 1_234: "1.23 µs", 12_345_678: "12.3 ms", 1_500_000_000: "1.50 s", 123_456_000_000: "123 s"} {
		if got := Duration(ns); got != want {
			t.Errorf("%d is %q, want %q", ns, got, want)
		}
	}
}
