//go:build !linux

package worker

// AllowedCPUs are not told here, so that no worker is kept on any.
func AllowedCPUs() []int { return nil }

func pin([]int) error { return nil }
