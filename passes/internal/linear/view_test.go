package linear

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/internal/stencil"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestFrame(t *testing.T) {
	last := Frame("\x00\x02\x03\x01") // channels last
	if got := last.channels(2, 5); got.Front != 3 || got.Back != 0 || got.Channels != 5 {
		t.Errorf("the channels are at %+v", got)
	}
	if last.isImage() || !Frame("").isImage() || !Frame("\x00\x01\xff\x02").isImage() {
		t.Error("only what has the batch and the channels first is an image")
	}
	if perm, ok := last.Perm(); !ok || !slices.Equal(perm, []int64{0, 2, 3, 1}) {
		t.Errorf("the image is transposed by %v", perm)
	}
	if _, ok := Frame("\x00\x01\xff\x02").Perm(); ok {
		t.Error("a Transpose adds an axis")
	}
	if frameOf([]byte{0, 1, 2}) != "" || frameOf([]byte{0, 2, 1}) == "" {
		t.Error("a frame that changes nothing is empty")
	}
}

// TestFrameImage swaps the axes of a kernel, or takes one away.
func TestFrameImage(t *testing.T) {
	wide := stencil.Of(stencil.Conv{
		Weight: tensor.Vector{1, 2, 3}, In: 1, Out: 1, Group: 1, Kernel: []int{1, 3},
		Strides: []int{1, 2}, Dilations: []int{1, 1}, Begin: []int{0, 1}, End: []int{0, 1},
	})
	swapped, why := Frame("\x00\x01\x03\x02").image(wide)
	if why != nil || !slices.Equal(swapped.Terms[0].Size, []int{3, 1}) || !slices.Equal(swapped.Stride, []int{2, 1}) {
		t.Errorf("%v: %+v", why, swapped)
	}
	line, why := Frame("\x00\x01\xff\x02").image(wide)
	if why != nil || !slices.Equal(line.Terms[0].Size, []int{3}) {
		t.Errorf("%v: %+v", why, line)
	}
	if _, why := Frame("\x00\x01\x02\xff").image(wide); why == nil {
		t.Error("three taps fit an axis of one element")
	}
}
