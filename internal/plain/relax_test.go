package plain_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/pipeline"
)

// net builds a part of a model over an image of two channels.
type net struct{ graphtest.Builder }

func (b net) conv(x *graph.Value, height, width int64, numbers ...float32) *graph.Value {
	return b.Conv(x, 2, 2, []int64{height, width}, []int64{height / 2, width / 2, height / 2, width / 2}, append(numbers, 1, -2, 3, 0.5, 4)...)
}

func (b net) norm(x *graph.Value) *graph.Value { return b.BatchNorm(x, 2, 1.5, 0.5, 0.25, 2) }

// statistics gives a batch norm the results of training mode.
func (b net) statistics(v *graph.Value, names ...string) []*graph.Value {
	var list []*graph.Value
	for _, name := range names {
		w := b.Graph.NewValue(name)
		if err := v.Producer().AddOutput(w); err != nil {
			panic(err)
		}
		list = append(list, w)
	}
	return list
}

func (b net) add(x, y *graph.Value) *graph.Value { return b.Node("Add", []*graph.Value{x, y}) }

// TestBlocks makes blocks plain that fuse leaves.
func TestBlocks(t *testing.T) {
	nan := float32(math.NaN())
	tests := []struct {
		name   string
		opset  int64
		build  func(b net, x *graph.Value) []*graph.Value
		kernel string
		left   string // reason; "" where the block becomes one Conv
	}{
		{"training mode", 15, func(b net, x *graph.Value) []*graph.Value {
			y := b.norm(b.conv(x, 3, 3))
			y.Producer().SetAttr(graph.IntAttr("training_mode", 1))
			b.statistics(y, "mean", "variance")
			return []*graph.Value{b.add(y, b.norm(b.conv(x, 1, 3)))}
		}, "2,2,3,3", ""},
		{"training mode of opset 9", 9, func(b net, x *graph.Value) []*graph.Value {
			y := b.norm(b.conv(x, 3, 3))
			b.statistics(y, "mean", "variance", "saved mean", "saved variance")
			return []*graph.Value{b.add(y, b.norm(x))}
		}, "2,2,3,3", ""},
		{"training mode of opset 1", 6, func(b net, x *graph.Value) []*graph.Value {
			return []*graph.Value{b.Node("Sum", []*graph.Value{b.norm(b.conv(x, 3, 3)), b.norm(b.conv(x, 1, 1))})}
		}, "2,2,3,3", ""},
		{"not a number", 17, func(b net, x *graph.Value) []*graph.Value {
			return []*graph.Value{b.add(b.conv(x, 3, 3, nan), b.conv(x, 1, 1))}
		}, "2,2,3,3", ""},
		{"average over fewer elements at the border", 17, func(b net, x *graph.Value) []*graph.Value {
			pool := b.Node("AveragePool", []*graph.Value{b.conv(x, 1, 1)}, graph.IntsAttr("kernel_shape", 3, 3), graph.IntsAttr("pads", 1, 1, 1, 1))
			return []*graph.Value{b.add(b.conv(x, 3, 3), b.norm(pool))}
		}, "2,2,3,3", ""},
		{"border without the shift", 17, func(b net, x *graph.Value) []*graph.Value {
			return []*graph.Value{b.add(b.conv(x, 5, 5), b.conv(b.norm(b.conv(x, 1, 1)), 3, 3))}
		}, "2,2,5,5", ""},
		{"training mode before a border", 15, func(b net, x *graph.Value) []*graph.Value {
			y := b.norm(b.conv(x, 1, 1))
			y.Producer().SetAttr(graph.IntAttr("training_mode", 1))
			b.statistics(y, "mean", "variance")
			return []*graph.Value{b.add(b.conv(x, 5, 5), b.conv(y, 3, 3))}
		}, "2,2,5,5", ""},
		{"costlier together", 17, func(b net, x *graph.Value) []*graph.Value {
			return []*graph.Value{b.add(b.conv(x, 1, 7), b.conv(x, 7, 1))}
		}, "2,2,7,7", ""},
		{"statistics that the caller reads", 15, func(b net, x *graph.Value) []*graph.Value {
			y := b.norm(b.conv(x, 3, 3))
			y.Producer().SetAttr(graph.IntAttr("training_mode", 1))
			mean := b.statistics(y, "mean", "variance")[0]
			return []*graph.Value{b.add(y, b.norm(b.conv(x, 1, 3))), mean}
		}, "", "training_mode"},
		{"padded twice", 17, func(b net, x *graph.Value) []*graph.Value {
			return []*graph.Value{b.add(b.conv(x, 5, 5), b.conv(b.norm(b.conv(x, 3, 3)), 3, 3))}
		}, "", "border"},
		{"Relu in a branch", 17, func(b net, x *graph.Value) []*graph.Value {
			return []*graph.Value{b.add(b.Node("Relu", []*graph.Value{b.conv(x, 3, 3)}), b.conv(x, 1, 3))}
		}, "", "not_affine"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := net{graphtest.New(tt.opset)}
			m := b.Outputs(tt.build(b, b.Input("x", 1, 2, 9, 9))...)

			fused := m.Clone()
			if _, err := pipeline.Run(t.Context(), fused.Graph, steps(), pipeline.Options{}); err != nil {
				t.Fatal(err)
			}
			if fused.Graph.Len() == 1 {
				t.Fatal("fuse merges the block: there is nothing to see")
			}
			blocks := made(t, m).Left()
			if tt.left != "" {
				if len(blocks) != 1 || blocks[0].Reason != tt.left || blocks[0].Detail == "" {
					t.Errorf("want one block that is left, for %s: %v", tt.left, blocks)
				}
				return
			}
			if got := sizes(m); len(blocks) > 0 || len(got) != 1 || got[tt.kernel] != 1 || m.Graph.Len() != 1 {
				t.Errorf("got kernels %v in %d nodes, want %s alone; left %v", got, m.Graph.Len(), tt.kernel, blocks)
			}
		})
	}
}
