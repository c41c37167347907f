//go:build !linux && !darwin

package bench

// peakResident cannot be told here.
func peakResident() int64 { return 0 }
