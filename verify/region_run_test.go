package verify

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// onlyRegion is the proof of two models with one region, and that region.
func onlyRegion(t *testing.T, m, fused *graph.Model) (*RegionProof, *region, *verdict) {
	t.Helper()
	a := proofOf(t, m, fused)
	if len(a.regions) != 1 {
		t.Fatalf("there are %d regions", len(a.regions))
	}
	return a, a.regions[0], a.verdicts[a.regions[0]]
}

// powered is e to the power of a factor times x.
func powered(t *testing.T, factor float32) *graph.Model {
	t.Helper()
	n := newNet(t)
	x := n.input("x", tensor.Float64, 1)
	return n.model(n.node("y", "Exp", []*graph.Value{n.node("p", "Mul", []*graph.Value{x, n.floats(nil, factor)})}))
}

// halves computes the power of half the factor twice and multiplies the two, times a little more than one.
func halves(t *testing.T, m *graph.Model, factor float32, by float64) *graph.Model {
	t.Helper()
	return changed(m, func(c *graph.Model) {
		y := value(t, c, "y").Producer()
		p := value(t, c, "p")
		p.Redefine()
		setInput(p.Producer(), 1, tensor.Compute(tensor.Float32, nil, tensor.Vector([]float64{float64(factor) / 2})))
		root := prepend(y, "Exp", p)
		wrong := prepend(y, "Mul", root, c.Graph.NewInitializer("by", tensor.Compute(tensor.Float32, nil, tensor.Vector([]float64{by}))))
		y.OpType = "Mul"
		y.SetInput(0, root)
		y.AddInput(wrong)
	})
}

// TestBound allows a region that amplifies more than one that does not, and none more than mostAlgebra.
func TestBound(t *testing.T) {
	for name, c := range map[string]struct {
		factor     float32
		by         float64
		least, top float64 // of the bound
		equal      bool
	}{
		"calm and right":      {1, 1, AlgebraTolerance, AlgebraTolerance, true},
		"calm and wrong":      {1, 1 + 1e-11, AlgebraTolerance, 10 * AlgebraTolerance, false},
		"amplified":           {100, 1 + 1e-11, 50 * AlgebraTolerance, 200 * AlgebraTolerance, true},
		"amplified and wrong": {100, 1 + 1e-9, 50 * AlgebraTolerance, 200 * AlgebraTolerance, false},
	} {
		m := powered(t, c.factor)
		a, r, v := onlyRegion(t, m, halves(t, m, c.factor, c.by))
		if err := a.over(t.Context(), r, []input{{tensor.Of([]int64{1}, 1.0), tensor.Float64}}); err != nil {
			t.Fatal(err)
		}
		if !v.compared || v.bound < c.least || v.bound > c.top || v.rel <= v.bound != c.equal {
			t.Errorf("%s: %g of %g allowed", name, v.rel, v.bound)
		}
	}
}

// TestBoundIsAtMost: however far a region amplifies, what is called rounding stays less than a wrong fold does.
func TestBoundIsAtMost(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float64, 64)
	near := n.node("near", "Add", []*graph.Value{x, n.floats([]int64{64}, 1)})
	m := n.model(n.node("y", "Sub", []*graph.Value{near, n.floats([]int64{64}, 1)}))
	fused := changed(m, func(c *graph.Model) {
		value(t, c, "near").Redefine()
		setInput(value(t, c, "near").Producer(), 1, repeated([]int64{64}, 2))
		setInput(value(t, c, "y").Producer(), 1, repeated([]int64{64}, 2))
	})
	a, r, v := onlyRegion(t, m, fused)
	for _, x := range []float64{1e-3, 1e-6, 1.1e-9, 3.33e-12} { // the less is left of the sum, the more the parameters matter
		if err := a.over(t.Context(), r, []input{{tensor.Compute(tensor.Float64, []int64{64}, constantly(x)), tensor.Float64}}); err != nil {
			t.Fatal(err)
		}
		if v.bound > mostAlgebra {
			t.Errorf("at %g: %g is allowed", x, v.bound)
		}
	}
	if v.rel <= v.bound {
		t.Errorf("a difference of %g is called rounding", v.rel)
	}
}

// constantly is one number throughout.
type constantly float64

func (c constantly) Row(dst []float64, _ int) {
	for i := range dst {
		dst[i] = float64(c)
	}
}

func (c constantly) MaxAbs() float64 { return math.Abs(float64(c)) }

// TestBoundWithoutANumber: what is not finite once the parameters move says nothing about rounding.
func TestBoundWithoutANumber(t *testing.T) {
	m := powered(t, 1)
	a, r, _ := onlyRegion(t, m, halves(t, m, 1, 1))
	v := a.versions(r).was
	inf := tensor.Of([]int64{1}, math.Inf(1))
	if got := v.bound(t.Context(), []input{{tensor.Of([]int64{1}, 1.0), tensor.Float64}}, inf); got != AlgebraTolerance {
		t.Errorf("%g is allowed", got)
	}
	if got := v.bound(t.Context(), []input{{}}, inf); got != AlgebraTolerance {
		t.Errorf("%g is allowed where nothing runs", got)
	}
}

// TestOverWhatFails: that only the second version fails is a difference. That the first does is a reason not to compare.
func TestOverWhatFails(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	m := n.model(n.relu("y", x))
	broken := changed(m, func(c *graph.Model) { value(t, c, "y").Producer().OpType = "Unknown" })
	in := []input{{repeated([]int64{1, 2, 4}, 1), tensor.Float32}}
	a, r, v := onlyRegion(t, m, broken)
	if err := a.over(t.Context(), r, in); err != nil || !v.compared || !math.IsInf(v.rel, 1) {
		t.Errorf("the second fails: %+v, %v", v, err)
	}
	was := changed(broken, func(*graph.Model) {})
	now := changed(was, func(c *graph.Model) { value(t, c, "y").Producer().OpType = "Relu" })
	a, r, v = onlyRegion(t, was, now)
	if err := a.over(t.Context(), r, in); err != nil || v.compared || !strings.Contains(v.reason, "Unknown") {
		t.Errorf("the first fails: %+v, %v", v, err)
	}
	if err := a.over(t.Context(), r, []input{{}}); err != nil || v.compared || v.reason != `the values of "x" could not be computed` {
		t.Errorf("nothing to run it over: %+v, %v", v, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.over(ctx, r, in); !errors.Is(err, context.Canceled) {
		t.Errorf("called off: %v", err)
	}
}

// TestByConstants compares the constants in which two nodes differ, in place of the nodes.
func TestByConstants(t *testing.T) {
	for name, c := range map[string]struct {
		number float64
		done   bool
	}{"equal": {2, true}, "rounded": {2 + 1e-12, true}, "different": {2 + 1e-11, false}, "no number": {math.NaN(), false}} {
		n := newNet(t)
		x := n.input("x", tensor.Float32, 1, 2, 4)
		product := n.node("product", "Mul", []*graph.Value{n.floats(nil, 1), n.floats(nil, 2)})
		m := n.model(n.node("y", "Unknown", []*graph.Value{x, product}))
		a, r, v := onlyRegion(t, m, changed(m, func(m *graph.Model) {
			value(t, m, "product").Redefine()
			setInput(value(t, m, "y").Producer(), 1, tensor.Compute(tensor.Float32, nil, tensor.Vector([]float64{c.number})))
		}))
		done, err := a.byConstants(t.Context(), r)
		if err != nil || done != c.done || v.compared != c.done || v.rel > AlgebraTolerance {
			t.Errorf("%s: %v, %v, %+v", name, done, err, v)
		}
	}
	m := powered(t, 1)
	a, r, v := onlyRegion(t, m, halves(t, m, 1, 1))
	if done, err := a.byConstants(t.Context(), r); done || err != nil || v.compared {
		t.Errorf("without such constants: %v, %v, %+v", done, err, v)
	}
}

// TestMoveConstants moves floating-point numbers, each tensor in its own way, and nothing else.
func TestMoveConstants(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1)
	a, b, whole, odd := n.floats([]int64{64}, 1), n.floats([]int64{64}, 1), n.ints(1), n.floats(nil, float32(math.Inf(1)))
	y := n.node("y", "Some", []*graph.Value{x, a, nil, b, whole, odd})
	f := newFake()
	if err := moveConstants(f, y.Producer(), 3, nudgeOf); err != nil {
		t.Fatal(err)
	}
	if len(f.holds) != 2 {
		t.Fatalf("%d constants are moved", len(f.holds))
	}
	for _, v := range []*graph.Value{a, b} {
		if d := difference64(tensor.Compute(tensor.Float64, []int64{64}, tensor.Vector(v.Constant().Float64s())),
			tensor.Compute(tensor.Float64, []int64{64}, tensor.Vector(f.holds[v].Float64s()))); d != nudge {
			t.Errorf("one is moved by %g", d)
		}
	}
	if difference64(f.holds[a], f.holds[b]) == 0 {
		t.Error("both are moved alike")
	}
}

func TestDifference64(t *testing.T) {
	one := []int64{1}
	inf := math.Inf(1)
	for name, c := range map[string]struct {
		want, got *tensor.Tensor
		is        float64
	}{
		"numbers":        {tensor.Of(one, 4.0), tensor.Of(one, 5.0), 0.25},
		"the same":       {tensor.Of(one, 4.0), tensor.Of(one, 4.0), 0},
		"both NaN":       {tensor.Of(one, math.NaN()), tensor.Of(one, math.NaN()), 0},
		"NaN":            {tensor.Of(one, 4.0), tensor.Of(one, math.NaN()), inf},
		"another shape":  {tensor.Of(one, 4.0), tensor.Of(nil, 4.0), inf},
		"another type":   {tensor.Of(one, 4.0), tensor.Of(one, int64(4)), inf},
		"same integers":  {tensor.Of(one, int64(4)), tensor.Of(one, int64(4)), 0},
		"other integers": {tensor.Of([]int64{2}, int64(1<<62), 4), tensor.Of([]int64{2}, int64(1<<62), 5), inf},
		"truth":          {tensor.Of(one, true), tensor.Of(one, false), inf},
	} {
		if got := difference64(c.want, c.got); got != c.is {
			t.Errorf("%s: %g", name, got)
		}
	}
}
