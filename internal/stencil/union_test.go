package stencil

import "testing"

// TestUnionPadsNoMoreThanItMust crops before a dilated kernel: taps are added until no pad is negative, and
// no further.
func TestUnionPadsNoMoreThanItMust(t *testing.T) {
	for dilation := 1; dilation <= 3; dilation++ {
		for begin := range 8 {
			for end := range 8 {
				conv := conv1([]float64{1, 1}, 1, dilation, 0, 0)
				g := Of(conv).Crop([]int{begin}, []int{end}).Union()
				if g.Begin[0] < 0 || g.Begin[0] >= dilation || g.End[0] < 0 || g.End[0] >= dilation || g.Dilations[0] != dilation {
					t.Errorf("dilation %d, crops %d and %d: %+v", dilation, begin, end, g)
				}
			}
		}
	}
}
