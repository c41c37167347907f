//go:build !linux && !darwin

package worker

// cpuClock has nothing to offer: the clocks of this system tick too slowly for a block.
func cpuClock(int) (func() int64, string) { return nil, CPUUnavailable }
