package html

import "testing"

// A peak is never thinned away.
func TestStretchesKeepPeaks(t *testing.T) {
	times := make([]int64, 10_000)
	times[4321], times[17] = 99e6, -1e6
	list := stretches(times, 50)
	if len(list) != 50 || list[0].fastest != -1 || list[21].slowest != 99 || list[21].median != 0 {
		t.Errorf("%d stretches, %v, %v", len(list), list[0], list[21])
	}
	if n := len(stretches(times[:30], 50)); n != 30 {
		t.Errorf("%d stretches of 30 runs, for which there is room", n)
	}
	if n := len(stretches(nil, 50)); n != 0 {
		t.Errorf("%d stretches of nothing", n)
	}
	if n := len(thinned(times, 3)); n != 3 {
		t.Errorf("%d values, want 3", n)
	}
}
