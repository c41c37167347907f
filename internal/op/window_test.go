package op_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestReadWindow(t *testing.T) {
	for name, c := range map[string]struct {
		attrs []*graph.Attr
		want  op.Window
		err   string
	}{
		"defaults": {nil, op.Window{Kernel: []int{3, 2}, Strides: []int{1, 1}, Dilations: []int{1, 1}, Begin: []int{0, 0}, End: []int{0, 0}, AutoPad: op.NotSet}, ""},
		"written": {
			[]*graph.Attr{ints("strides", 2, 3), ints("dilations", 4, 5), ints("pads", 1, 2, 3, -4), graph.StringAttr("auto_pad", "")},
			op.Window{Kernel: []int{3, 2}, Strides: []int{2, 3}, Dilations: []int{4, 5}, Begin: []int{1, 2}, End: []int{3, -4}, AutoPad: op.NotSet},
			"",
		},
		"valid takes no pads": {
			[]*graph.Attr{ints("pads", 1, 2, 3, 4), graph.StringAttr("auto_pad", "VALID")},
			op.Window{Kernel: []int{3, 2}, Strides: []int{1, 1}, Dilations: []int{1, 1}, Begin: []int{0, 0}, End: []int{0, 0}, AutoPad: op.Valid},
			"",
		},
		"another mode":  {[]*graph.Attr{graph.StringAttr("auto_pad", "SAME")}, op.Window{}, `auto_pad is "SAME"`},
		"few strides":   {[]*graph.Attr{ints("strides", 2)}, op.Window{}, "strides has 1 numbers, and its kernel needs 2"},
		"many pads":     {[]*graph.Attr{ints("pads", 1, 1, 1, 1, 1)}, op.Window{}, "pads has 5 numbers, and its kernel needs 4"},
		"no stride":     {[]*graph.Attr{ints("strides", 0, 1)}, op.Window{}, "not positive"},
		"no dilation":   {[]*graph.Attr{ints("dilations", 1, -1)}, op.Window{}, "not positive"},
		"huge pads":     {[]*graph.Attr{ints("pads", 1, 1, 1, op.MaxExtent+1)}, op.Window{}, "which is out of range"},
		"huge crops":    {[]*graph.Attr{ints("pads", 1, 1, 1, -op.MaxExtent-1)}, op.Window{}, "which is out of range"},
		"another shape": {[]*graph.Attr{graph.IntAttr("strides", 1)}, op.Window{}, "wrong kind"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := op.ReadWindow(node(13, "Conv", []input{"x", "w"}, c.attrs...), []int{3, 2})
			wantError(t, err, c.err)
			if diff := cmp.Diff(c.want, got); c.err == "" && diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestWindowPads compares the pads of auto_pad with their definition: ⌈size/stride⌉ places fit exactly, and
// the odd pad is at the end or at the begin.
func TestWindowPads(t *testing.T) {
	for kernel := 1; kernel <= 4; kernel++ {
		for stride := 1; stride <= 3; stride++ {
			for dilation := 1; dilation <= 2; dilation++ {
				for size := 1; size <= 9; size++ {
					w := op.Window{Kernel: []int{kernel}, Strides: []int{stride}, Dilations: []int{dilation}, AutoPad: op.SameUpper}
					begin, end, ok := w.Pads(0, size)
					places := (size + stride - 1) / stride
					need := max((places-1)*stride+w.Extent(0)-size, 0)
					if stride == 1 {
						need = w.Extent(0) - 1
					}
					if !ok || begin+end != need || end-begin != need%2 {
						t.Errorf("%+v pads %d by %d and %d", w, size, begin, end)
					}
					w.AutoPad = op.SameLower
					if b, e, _ := w.Pads(0, size); b != end || e != begin {
						t.Errorf("%+v pads %d by %d and %d", w, size, b, e)
					}
				}
			}
		}
	}
	w := op.Window{Kernel: []int{3}, Strides: []int{2}, Dilations: []int{1}, AutoPad: op.SameUpper}
	if _, _, ok := w.Pads(0, 0); ok || !w.Same() {
		t.Error("pads of a size that is not known")
	}
	w = op.Window{Kernel: []int{3}, Strides: []int{2}, Dilations: []int{2}, Begin: []int{4}, End: []int{5}, AutoPad: op.NotSet}
	if b, e, ok := w.Pads(0, 0); fmt.Sprint(b, e, ok, w.Same(), w.Extent(0)) != "4 5 true false 5" {
		t.Error(b, e, ok, w.Same(), w.Extent(0))
	}
}
