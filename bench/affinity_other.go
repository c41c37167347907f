//go:build !linux

package bench

// allowedCPUs are not told here, so that no worker is kept on any.
func allowedCPUs() []int { return nil }

func pin([]int) error { return nil }
