//go:build !linux && !darwin

package worker

// peakResident cannot be told here.
func peakResident() int64 { return 0 }
