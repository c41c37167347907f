package verify

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// started is a run of two models over an input.
func started(t *testing.T, a *RegionProof, in tensor.Map) *inStep {
	t.Helper()
	a.inferShapes(in)
	c, err := a.start(in, true)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNoiseFor makes numbers for what can be any number, and keeps the integers that a model has.
func TestNoiseFor(t *testing.T) {
	n := newNet(t)
	x, at := n.input("x", tensor.Float32, 2, 3), n.input("at", tensor.Int64, 2)
	m := n.model(n.node("y", "Add", []*graph.Value{n.node("g", "Gather", []*graph.Value{x, at}), n.floats(nil, 1)}))
	fused := changed(m, func(c *graph.Model) {
		value(t, c, "g").Redefine()
		setInput(value(t, c, "y").Producer(), 1, repeated([]int64{1}, 1))
	})
	a, r, _ := onlyRegion(t, m, fused)
	in := tensor.Map{"x": repeated([]int64{2, 3}, 5), "at": tensor.Of([]int64{2}, int64(1), 0)}
	c := started(t, a, in)
	inputs := c.inputsOf(r)
	made, reason := c.noiseFor(r, inputs, normal)
	if reason != "" || len(made) != 2 {
		t.Fatalf("%d are made, %s", len(made), reason)
	}
	for i, v := range r.inputs {
		got := made[i]
		switch v.was {
		case x:
			if got.elem != tensor.Float32 || !slices.Equal(got.tensor.Shape(), []int64{2, 3}) || slices.Contains(got.tensor.Float64s(), 5) {
				t.Errorf("x is %v of %s", got.tensor.Float64s(), got.elem)
			}
		case at:
			if got.elem != tensor.Int64 || !slices.Equal(got.tensor.Float64s(), []float64{1, 0}) {
				t.Errorf("the indices are %v", got.tensor.Float64s())
			}
		}
	}
	again, _ := c.noiseFor(r, inputs, normal)
	if !slices.Equal(again[0].tensor.Float64s(), made[0].tensor.Float64s()) {
		t.Error("a second time the noise is another")
	}
	if _, reason := c.noiseFor(r, make([]input, 2), normal); reason != `the values of "at" could not be computed` {
		t.Errorf("without the indices: %s", reason)
	}
	clear(a.shapes)
	if _, reason := c.noiseFor(r, make([]input, 2), normal); reason != `the shape of "x" is not known` && reason != `the shape of "at" is not known` {
		t.Errorf("without shapes: %s", reason)
	}
	if made, reason := c.noiseFor(r, inputs, normal); reason != "" || len(made) != 2 {
		t.Errorf("over inputs of the model: %s", reason)
	}
}

// TestNoiseOfOneValueTwice: two values of the second model that stand for one of the first hold the same.
func TestNoiseOfOneValueTwice(t *testing.T) {
	n := newNet(t)
	p := n.relu("p", n.input("x", tensor.Float32, 2, 3))
	m := n.model(n.node("y", "Add", []*graph.Value{p, p}))
	fused := changed(m, func(c *graph.Model) {
		y := value(t, c, "y").Producer()
		twin := prepend(y, "Relu", value(t, c, "x"))
		y.SetInput(1, twin)
		y.AddAttr(graph.IntAttr("other", 1))
	})
	twin := value(t, fused, "y").Producer().Input(1)
	a := NewRegionProof(m, fused, opened(t, m), opened(t, fused), func(v *graph.Value) *graph.Value {
		if v == twin {
			return p
		}
		return v.Origin()
	}, 1)
	c := started(t, a, tensor.Map{"x": repeated([]int64{2, 3}, 1)})
	r := a.regions[len(a.regions)-1]
	made, reason := c.noiseFor(r, make([]input, len(r.inputs)), normal)
	if reason != "" || len(made) != 2 || made[0].tensor != made[1].tensor {
		t.Errorf("made are %v, %s", made, reason)
	}
}

func TestNoiseOf(t *testing.T) {
	shape := []int64{2, 2, 4, 4}
	drawn := func(v []float64) bool { return slices.Min(v) < 0 && slices.Max(v) > 0 && v[5] != v[6] }
	frame := func(v []float64) bool {
		return v[5] == 1 && v[10] == 1 && v[21] == -1 && v[26] == -1 && v[0] != 1 && v[31] != -1 && max(slices.Max(v), -slices.Min(v)) > 6
	}
	for name, c := range map[string]struct {
		kind noiseKind
		ok   func(first, second []float64) bool
	}{
		"normal": {normal, func(a, b []float64) bool { return drawn(a) && drawn(b) }},
		"framed": {framed, func(a, b []float64) bool { return frame(a) && frame(b) }},
		"under":  {under, func(a, b []float64) bool { return slices.Max(a) < 0 && slices.Max(b) < 0 }},
		"both":   {both, func(a, b []float64) bool { return drawn(a) && frame(b) }},
	} {
		got := noiseOf(c.kind, shape, generator())
		v := got.Float64s()
		if got.Type() != tensor.Float64 || !slices.Equal(got.Shape(), shape) || !c.ok(v[:32], v[32:]) {
			t.Errorf("%s: %s%v %v", name, got.Type(), got.Shape(), v)
		}
	}
	if got := noiseOf(normal, nil, generator()); got.Len() != 1 || math.IsNaN(got.Float64s()[0]) {
		t.Errorf("a scalar is %v", got.Float64s())
	}
}

// TestSubstitute stands in for floating-point numbers of a known shape that both models have, and for nothing else.
func TestSubstitute(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 2, 3)
	a := n.relu("a", x)
	cast := n.node("cast", "Cast", []*graph.Value{a}, graph.IntAttr("to", int64(tensor.Int64)))
	odd := n.node("odd", "Unknown", []*graph.Value{a})
	redefined := n.relu("redefined", a)
	m := n.model(a, cast, odd, redefined)
	proof := proofOf(t, m, changed(m, func(c *graph.Model) { value(t, c, "redefined").Redefine() }))
	proof.inferShapes(tensor.Map{"x": repeated([]int64{2, 3}, 1)})
	if got, elem := proof.substitute(a); got == nil || elem != tensor.Float32 || !slices.Equal(got.Shape(), []int64{2, 3}) {
		t.Errorf("got %v of %s", got, elem)
	}
	for _, v := range []*graph.Value{cast, odd} {
		if got, _ := proof.substitute(v); got != nil {
			t.Errorf("%s gets %v", v.Name(), got)
		}
	}
}

// TestOverNoise finds what the inputs of the models do not show, and stops where there is nothing to draw.
func TestOverNoise(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	quiet := n.node("quiet", "Mul", []*graph.Value{x, n.floats(nil, 0)})
	m := n.model(n.conv("y", quiet, 1, 2, 3, 4))
	wrong := changed(m, func(c *graph.Model) {
		setInput(value(t, c, "y").Producer(), 1, repeated([]int64{2, 2, 1}, 1, 2, 3, 5))
	})
	for noisy, equal := range map[bool]bool{false: true, true: false} {
		a := proofOf(t, m, wrong)
		if _, _, err := a.Compare(t.Context(), inputsOf(t, m, 1)[0], noisy); err != nil {
			t.Fatal(err)
		}
		if got := a.Result(); got.Equal() != equal || !got.Complete() {
			t.Errorf("with noise %v: %+v, worst %+v", noisy, got, got.Worst)
		}
	}
}

// TestCut takes one corner of the first image and of the last. Both inputs of a region are cut to the same size.
func TestCut(t *testing.T) {
	numbers := make(tensor.Vector, 3*2*100*100)
	for i := range numbers {
		numbers[i] = float64(i)
	}
	image := input{tensor.Compute(tensor.Float64, []int64{3, 2, 100, 100}, numbers), tensor.Float32}
	wide := input{tensor.Compute(tensor.Float64, []int64{1, 1000, 10, 10}, make(tensor.Vector, 100_000)), tensor.Float32}
	whole := input{tensor.Of([]int64{3}, int64(1), 2, 3), tensor.Int64}
	small := cut([]input{image, wide, whole, {}}, 2)
	if small[2] != whole || small[3].tensor != nil {
		t.Errorf("integers become %v, nothing becomes %v", small[2], small[3])
	}
	for i, want := range [][]int64{{2, 2, 3, 3}, {1, 1000, 3, 3}} {
		if got := small[i].tensor.Shape(); !slices.Equal(got, want) {
			t.Errorf("input %d has shape %v, want %v", i, got, want)
		}
	}
	if got, want := small[0].tensor.Float64s()[15:21], []float64{10200, 10201, 10202, 40000, 40001, 40002}; !slices.Equal(got, want) {
		t.Errorf("the numbers are %v, want %v", got, want)
	}
	if got := cut([]input{image}, 1)[0].tensor.Shape(); !slices.Equal(got, []int64{1, 2, 44, 44}) {
		t.Errorf("one image has shape %v", got)
	}
}

// TestSmaller runs a convolution over a smaller image than the model's, and what depends on the size over one of that size.
func TestSmaller(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(n net, y *graph.Value) *graph.Value
		want  []int64
	}{
		{"a Conv", func(n net, y *graph.Value) *graph.Value { return n.relu("z", y) }, []int64{2, 2, 25, 26}},
		{"a wide image", func(n net, y *graph.Value) *graph.Value {
			return n.node("z", "Add", []*graph.Value{y, n.floats([]int64{1, 2, 1, 1}, 1)})
		}, []int64{2, 2, 25, 26}},
		{"a constant as large as the image", func(n net, y *graph.Value) *graph.Value {
			return n.node("z", "Add", []*graph.Value{y, n.floats([]int64{1, 1, 65, 98}, 1)})
		}, []int64{2, 2, 65, 98}},
		{"a pool over the image", func(n net, y *graph.Value) *graph.Value {
			return n.node("z", "GlobalAveragePool", []*graph.Value{y})
		}, []int64{2, 2, 65, 98}},
	} {
		n := newNet(t)
		x := n.input("x", tensor.Float32, 2, 2, 65, 98)
		m := n.model(c.after(n, n.node("y", "Conv", []*graph.Value{x, n.floats([]int64{2, 2, 1, 1}, 1, 2, 3, 4)})))
		other := changed(m, func(c *graph.Model) {
			setInput(value(t, c, "y").Producer(), 1, repeated([]int64{2, 2, 1, 1}, 1, 2, 3, 5))
		})
		proof := proofOf(t, m, other)
		proof.borders.is, proof.borders.was = map[*graph.Value]*graph.Value{}, map[*graph.Value]*graph.Value{}
		z := [2]*graph.Value{value(t, m, "z"), value(t, other, "z")}
		proof.borders.pair(value(t, m, "x"), value(t, other, "x"))
		r := proof.borders.region(z[0], z[1])
		step := &inStep{RegionProof: proof}
		in := []input{{inputsOf(t, m, 1)[0]["x"], tensor.Float32}}
		made, reason := step.noiseFor(r, in, normal)
		if reason != "" || len(made) != 1 || !slices.Equal(made[0].tensor.Shape(), c.want) {
			t.Errorf("%s: noise of %v, want %v (%s)", c.name, made[0].tensor.Shape(), c.want, reason)
		}
	}
}

// TestNoiseAboveZero is for what has no result below.
func TestNoiseAboveZero(t *testing.T) {
	n := newNet(t)
	root := n.node("root", "Sqrt", []*graph.Value{n.input("x", tensor.Float32, 1, 2, 32)})
	m := n.model(n.node("y", "Conv", []*graph.Value{root, n.floats([]int64{2, 2, 32}, 1, 2, 3)})) // of all numbers
	wrong := changed(m, func(c *graph.Model) {
		value(t, c, "root").Redefine()
		setInput(value(t, c, "y").Producer(), 1, repeated([]int64{2, 2, 32}, 1, 2, 4))
	})
	a := proofOf(t, m, wrong)
	if _, _, err := a.Compare(t.Context(), tensor.Map{"x": repeated([]int64{1, 2, 32}, 0)}, true); err != nil {
		t.Fatal(err)
	}
	if got := a.Result(); got.Equal() {
		t.Errorf("got %+v, worst %+v", got, got.Worst)
	}
}

// TestNoiseThatShowsNothing: two versions differ over any noise, and have no numbers over noise that their inputs can be.
func TestNoiseThatShowsNothing(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	root := n.node("root", "Sqrt", []*graph.Value{n.node("under", "Neg", []*graph.Value{n.node("abs", "Abs", []*graph.Value{x})})})
	m := n.model(n.node("y", "Add", []*graph.Value{x, root}))
	other := changed(m, func(c *graph.Model) {
		y := value(t, c, "y").Producer()
		y.SetInput(1, prepend(y, "Add", y.Input(1), y.Input(1)))
	})
	a := proofOf(t, m, other)
	if _, _, err := a.Compare(t.Context(), tensor.Map{"x": repeated([]int64{1, 2, 4}, 0)}, true); err != nil {
		t.Fatal(err)
	}
	if got := a.Result(); got.Complete() || !strings.Contains(got.NotCompared[0].Reason, "over noise that its inputs can be") {
		t.Errorf("got %+v, worst %+v", got, got.Worst)
	}
}
