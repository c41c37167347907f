package html

import (
	"slices"
	"testing"
)

// A peak is never thinned away.
func TestPickedKeepsPeaks(t *testing.T) {
	times := make([]int64, 10_000)
	times[4321], times[17] = 99, -1
	list := picked(times, 50)
	if !slices.Contains(list, 4321) || !slices.Contains(list, 17) || len(list) > 50 || !slices.IsSorted(list) {
		t.Errorf("picked %v", list)
	}
	if n := len(picked(times[:30], 50)); n != 30 {
		t.Errorf("%d of 30 runs, for which there is room", n)
	}
	if n := len(thinned(times, 3)); n != 3 {
		t.Errorf("%d values, want 3", n)
	}
}
