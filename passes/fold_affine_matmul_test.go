package passes_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestProducts has matrices on both sides, of vectors, and with constants that older opsets align otherwise.
func TestProducts(t *testing.T) {
	spread := func(v *graph.Value, attrs ...*graph.Attr) *graph.Value {
		for _, a := range append(attrs, graph.IntAttr("broadcast", 1)) {
			v.Producer().SetAttr(a)
		}
		return v
	}
	tokens, rows := []int64{-1, -1, 4}, [][]int64{{4, 4}, {3, 4}}
	one := map[string]int{"MatMul": 1}
	for name, c := range map[string]struct {
		opset int64
		linearCase
	}{
		"left_of_a_matrix": {17, linearCase{[]int64{4, -1}, [][]int64{{4, 6}, {4, 3}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.matMul(b.constant(6, 4), x), b.constant(6, 1))
		}, one, ""}},
		"left_of_a_vector": {17, linearCase{[]int64{4}, [][]int64{{4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.matMul(b.constant(6, 4), x), b.constant(6, 1))
		}, map[string]int{"MatMul": 1, "Mul": 1}, "not_channel"}},
		"right_of_a_vector": {17, linearCase{[]int64{4}, [][]int64{{4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.matMul(x, b.constant(4, 6)), b.constant(6))
		}, one, ""}},
		"column_behind_a_vector": {17, linearCase{[]int64{4}, [][]int64{{4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.matMul(x, b.constant(4, 6)), b.constant(6, 1))
		}, map[string]int{"MatMul": 1, "Mul": 1}, "not_channel"}},
		"scaled_in_a_residual": {17, linearCase{tokens, [][]int64{{2, 3, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.add(b.matMul(b.mul(x, b.constant(4)), b.constant(4, 4)), x)
		}, map[string]int{"MatMul": 1, "Add": 1}, ""}},
		"shifted_in_opset_7": {7, linearCase{tokens, [][]int64{{2, 3, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return b.mul(b.add(b.constant(6), b.matMul(x, b.constant(4, 6))), b.constant(6))
		}, map[string]int{"MatMul": 1, "Add": 1}, ""}},
		"matrices_in_opset_7": {7, linearCase{[]int64{-1, 4}, rows, func(b *builder, x *graph.Value) *graph.Value {
			return b.bn(b.matMul(x, b.constant(4, 4)), 4)
		}, map[string]int{"Gemm": 1}, ""}},
		// The constant that is added has one number for each row.
		"rows_shifted_in_opset_6": {6, linearCase{[]int64{4, 4}, rows[:1], func(b *builder, x *graph.Value) *graph.Value {
			y := b.matMul(x, b.constant(4, 4))
			y = spread(b.add(y, b.constant(4)), graph.IntAttr("axis", 0))
			return spread(b.mul(y, b.constant(4)))
		}, map[string]int{"MatMul": 1, "Add": 1, "Mul": 1}, ""}},
		"first_axis_of_any_rank_in_opset_6": {6, linearCase{nil, nil, func(b *builder, x *graph.Value) *graph.Value {
			return spread(b.mul(b.matMul(b.node("Squeeze", []*graph.Value{x}), b.constant(4, 6)), b.constant(6)), graph.IntAttr("axis", 0))
		}, map[string]int{"Squeeze": 1, "MatMul": 1, "Mul": 1}, "not_channel"}},
		"all_axes_but_the_batch_in_opset_6": {6, linearCase{[]int64{-1, 4, -1, -1}, [][]int64{{2, 4, 3, 4}}, func(b *builder, x *graph.Value) *graph.Value {
			return spread(b.mul(b.conv(x, square()), b.constant(4, 1, 1)), graph.IntAttr("axis", 1))
		}, map[string]int{"Conv": 1}, ""}},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, opset(c.opset)) })
	}
}

// TestShapesOfWhatFolds folds between a convolution and others that ask for the shape alone.
func TestShapesOfWhatFolds(t *testing.T) {
	after, result := passtest.Run(t, func() *graph.Model {
		b := newBuilder(72)
		y := b.conv(b.input("x", -1, 4, -1, -1), square())
		b.g.AddOutput(b.node("Shape", []*graph.Value{y}))
		return b.output(b.bn(y, 4))
	}, defaults(), small(4)...)
	if got := ops(after); got["BatchNormalization"] != 0 {
		t.Errorf("operators %v; refusals %q", got, refusals(result))
	}
}

// TestTypesOfStatistics keeps the element type of every parameter that changes: from opset 15 on they differ.
func TestTypesOfStatistics(t *testing.T) {
	wide := func(b *builder) *graph.Value {
		return b.g.NewInitializer("wide", tensor.Of([]int64{4}, 0.5, 1.5, 2, 3))
	}
	after, _ := passtest.Run(t, func() *graph.Model {
		b := newBuilder(73)
		y := b.bn(b.mul(b.add(b.input("x", -1, 4, -1, -1), b.constant(4, 1, 1)), b.constant(4, 1, 1)), 4)
		y.Producer().SetInput(3, wide(b))
		y.Producer().SetInput(4, wide(b))
		return b.output(b.node("Relu", []*graph.Value{b.add(y, b.constant(4, 1, 1))}))
	}, defaults(), small(4)...)
	for n := range after.Graph.Nodes() {
		for i, want := range []tensor.Type{1: tensor.Float32, 2: tensor.Float32, 3: tensor.Float64, 4: tensor.Float64} {
			if n.Is("BatchNormalization") && i > 0 && n.Input(i).Elem() != want {
				t.Errorf("parameter %d is %s, want %s", i, n.Input(i).Elem(), want)
			}
		}
	}
	if got := ops(after); got["Add"]+got["Mul"] > 0 {
		t.Errorf("operators %v", got)
	}
}

// TestGemmAttributes gives a Gemm no attribute that its opset does not have, and the one that it needs.
func TestGemmAttributes(t *testing.T) {
	for version, want := range map[int64]bool{6: true, 7: false, 17: false} {
		after, _ := passtest.Run(t, func() *graph.Model {
			b := newBuilder(71)
			b.m.Opsets[0].Version = version
			y := b.bn(b.gemm(b.input("x", 1, 4), 4, 5, b.constant(1, 5)), 5)
			if version < 7 {
				y.Producer().SetAttr(graph.IntAttr("is_test", 1))
			}
			return b.output(y)
		}, defaults())
		for n := range after.Graph.Nodes() {
			if spread := n.Int("broadcast", 0) == 1; !n.Is("Gemm") || spread != want || n.Attr("beta") != nil {
				t.Errorf("opset %d: %s with broadcast %v", version, n.OpType, spread)
			}
		}
	}
	// With transA the matrix multiplies columns.
	image := [][]int64{{4, 4}}
	for name, c := range map[string]linearCase{
		"columns": {[]int64{4, -1}, image, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(b.mul(x, b.constant(4, 1)), 4, 5, nil, graph.IntAttr("transA", 1))
		}, map[string]int{"Gemm": 1}, ""},
		"rows": {[]int64{4, -1}, image, func(b *builder, x *graph.Value) *graph.Value {
			return b.gemm(b.mul(x, b.constant(4)), 4, 5, nil, graph.IntAttr("transA", 1))
		}, map[string]int{"Mul": 1, "Gemm": 1}, "not_channel"},
	} {
		t.Run(name, func(t *testing.T) { c.run(t, nil) })
	}
}

// TestOldMatMul folds a batch norm into a product of opset 6: the sum that takes the constant says that it is
// spread. From the left there is none that could.
func TestOldMatMul(t *testing.T) {
	norm := func(b *builder, x *graph.Value, channels int) *graph.Value {
		y := b.bn(x, channels)
		y.Producer().SetAttr(graph.IntAttr("is_test", 1))
		return y
	}
	for name, c := range map[string]struct {
		dims  []int64
		block func(b *builder, x *graph.Value) *graph.Value
		want  map[string]int
	}{
		"on_the_right": {[]int64{2, 4}, func(b *builder, x *graph.Value) *graph.Value {
			return norm(b, b.node("MatMul", []*graph.Value{x, b.constant(4, 5)}), 5)
		}, map[string]int{"MatMul": 1, "Add": 1}},
		"on_the_left": {[]int64{2, 4, 3}, func(b *builder, x *graph.Value) *graph.Value {
			return norm(b, b.node("MatMul", []*graph.Value{b.constant(5, 4), x}), 5)
		}, map[string]int{"MatMul": 1, "BatchNormalization": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				b := newBuilder(71)
				b.m.Opsets[0].Version = 6
				return b.output(c.block(b, b.input("x", c.dims...)))
			}
			m, result := passtest.Run(t, build, defaults(), [][]int64{c.dims})
			sayWhatToDo(t, result)
			if got := ops(m); !maps.Equal(got, c.want) {
				t.Errorf("operators %v, want %v; refusals %q", got, c.want, refusals(result))
			}
			for n := range m.Graph.Nodes() {
				if n.Is("Add") && n.Int("broadcast", 0) != 1 {
					t.Error("the sum does not say that it spreads its constant")
				}
			}
			for _, r := range refusals(result) {
				if strings.Contains(r, "broadcast is not set") {
					t.Error(r)
				}
			}
		})
	}
}
