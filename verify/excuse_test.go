package verify

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestForeignExcusesNothing that cannot be compared: the region around one that differs has no result that is a number.
func TestForeignExcusesNothing(t *testing.T) {
	build := func(relu, end bool) *graph.Model {
		n := newNet(t)
		x, choice := n.input("x", tensor.Float32, 1, 2, 64), n.input("choice", tensor.Bool)
		then, otherwise := n.body("then"), n.body("else")
		nothing := then.node("nothing", "Mul", []*graph.Value{x, then.floats(nil, float32(math.NaN()))})
		if relu {
			nothing = then.relu("relu", nothing)
		}
		y := then.conv("conv", nothing, 1, 2, 3, 4)
		if end {
			y = then.node("end", "Neg", []*graph.Value{y})
		}
		then.g.AddOutput(y)
		otherwise.g.AddOutput(otherwise.node("other", "Neg", []*graph.Value{x}))
		return n.model(n.branch("y", choice, then, otherwise))
	}
	for _, c := range []struct{ relu, end bool }{{true, true}, {false, true}, {true, false}, {false, false}} {
		m, other := build(true, c.end), build(c.relu, c.end)
		proof := NewForeignProof(m, other, opened(t, m), opened(t, other), 1)
		in := tensor.Map{"x": repeated([]int64{1, 2, 64}, 1, -2, 3, 5), "choice": tensor.Of(nil, false)}
		if _, _, err := proof.Run(t.Context(), []tensor.Map{in}, nil, 1, func(float64, string) {}); err != nil {
			t.Fatal(err)
		}
		if found := proof.Result(); found.Equal() != c.relu {
			t.Errorf("%+v: %+v, worst %+v", c, found, found.Worst)
		}
		differs, err := NewForeignProof(m, other, opened(t, m), opened(t, other), 1).Differs(t.Context(), []tensor.Map{in}, nil)
		if err != nil || differs == c.relu {
			t.Errorf("%+v, alone: %t, %v", c, differs, err)
		}
	}
}

// TestForeignExcuse: a value that means something else is excused by what is around it, where that depends on it. What a Relu hides is not.
func TestForeignExcuse(t *testing.T) {
	build := func(relu bool, bias float32) *graph.Model {
		n := newNet(t)
		y := n.conv("a", n.input("x", tensor.Float32, 1, 2, 64), 1, 2, -3, 4)
		if relu {
			y = n.relu("r", y)
		}
		y = n.node("y", "Add", []*graph.Value{n.conv("c", y, 1, 2, 3, 4), n.floats(nil, bias)})
		return n.model(n.conv("end", n.relu("z", y), 4, 3, 2, 1))
	}
	for _, bias := range []float32{0, -1000} {
		m := build(true, bias)
		if found := foreign(t, m, m.Clone()); !found.Equal() {
			t.Errorf("itself with a bias of %v: %+v, worst %+v", bias, found, found.Worst)
		}
		if found := foreign(t, m, build(false, bias)); found.Equal() {
			t.Errorf("without a Relu and with a bias of %v: %+v", bias, found)
		}
	}
}

// TestBranchIsNotExcused by a comparison of the whole If that leads into the other branch.
func TestBranchIsNotExcused(t *testing.T) {
	build := func(prefix string, relu bool) *graph.Model {
		return rated(t, prefix, func(n net, x, fast *graph.Value) []*graph.Value {
			a := n.conv(prefix+"a", x, 1, -2, 3, 4)
			then, otherwise := n.body("then"), n.body("else")
			v := a
			if relu {
				v = then.relu(prefix+"r", v)
			}
			then.g.AddOutput(then.node(prefix+"t", "Neg", []*graph.Value{v}))
			otherwise.g.AddOutput(otherwise.conv(prefix+"e", a, 4, 3, 2, 1))
			return []*graph.Value{n.branch(prefix+"w", fast, then, otherwise)}
		})
	}
	for _, relu := range []bool{true, false} {
		m, other := build("", true), build("other_", relu)
		proof := NewForeignProof(m, other, opened(t, m), opened(t, other), 1)
		if _, _, err := proof.Run(t.Context(), []tensor.Map{at8kHz()}, nil, 1, func(float64, string) {}); err != nil {
			t.Fatal(err)
		}
		if found := proof.Result(); found.Equal() != relu {
			t.Errorf("with a Relu, %t: %+v", relu, found)
		}
	}
}

// TestForeignRedundantRelu: what another program left out of a model because it changes nothing, between values that noise makes different.
func TestForeignRedundantRelu(t *testing.T) {
	build := func(prefix, op string, relu bool) *graph.Model {
		n := newNet(t)
		v := n.node(prefix+"s", op, []*graph.Value{n.conv(prefix+"a", n.input("x", tensor.Float32, 1, 2, 64), 1, -2, 3, 4)})
		if relu {
			v = n.relu(prefix+"r", v)
		}
		return n.model(n.node("y", "Neg", []*graph.Value{n.conv(prefix+"d", n.conv(prefix+"c", v, 1, -2, -3, 4), 4, 3, -2, 1)}))
	}
	for op, equal := range map[string]bool{"Sigmoid": true, "Abs": true, "Exp": true, "Neg": false} {
		if found := foreign(t, build("", op, true), build("other_", op, false)); found.Equal() != equal {
			t.Errorf("after a %s: %+v, worst %+v", op, found, found.Worst)
		}
	}
}

// TestConstantsOfManyRegions: a region that cannot be run has nothing to do with another that reads the same constant.
func TestConstantsOfManyRegions(t *testing.T) {
	build := func(prefix, own string, relu bool) *graph.Model {
		n := newNet(t)
		x := n.input("x", tensor.Float32, 1, 2, 64)
		k := n.node(prefix+"k", "Constant", nil, &graph.Attr{Name: "value", Kind: graph.AttrTensor, Tensor: repeated(nil, 1.0625)})
		v := n.node(prefix+"e", "Exp", []*graph.Value{n.conv(prefix+"a", x, 1, 2, 3, 4)})
		if relu {
			v = n.relu(prefix+"r", v)
		}
		first := n.conv(prefix+"c", n.node(prefix+"m", "Mul", []*graph.Value{v, k}), 3, -2, 3, -4)
		unknown := n.node(prefix+"own", own, []*graph.Value{n.conv(prefix+"b", x, 9, 8, -7, 6)})
		unknown.Producer().Domain = "own"
		return n.model(n.node("y", "Neg", []*graph.Value{first}), n.node("z", "Neg", []*graph.Value{n.node(prefix+"n", "Mul", []*graph.Value{unknown, k})}))
	}
	if found := foreign(t, build("", "Own", true), build("other_", "Other", false)); !found.Equal() || found.Complete() {
		t.Errorf("got %+v, worst %+v", found, found.Worst)
	}
}

// TestDeadChannelsExcuseNothing: two values are the same over what they are computed from, but for channels that are zero there.
func TestDeadChannelsExcuseNothing(t *testing.T) {
	build := func(prefix string, weights ...float32) *graph.Model {
		n := newNet(t)
		x := n.node(prefix+"s", "Sigmoid", []*graph.Value{n.conv(prefix+"a", n.input("x", tensor.Float32, 1, 2, 64), 1, -2, 3, 4)})
		v := n.node(prefix+"c", "Conv", []*graph.Value{x, n.floats([]int64{3, 2, 1}, weights...)})
		v = n.node(prefix+"l", "Conv", []*graph.Value{n.relu(prefix+"r", v), n.floats([]int64{2, 3, 1}, 1, 2, 3, -3, 2, 1)})
		return n.model(n.conv("y", v, 4, 3, -2, 1))
	}
	m := build("", 1, 2, -3, -4, -50, -60) // the last two channels are below zero after a Sigmoid
	if found := foreign(t, m, build("other_", 1, 2, -3, -4, -50, -60)); !found.Equal() {
		t.Errorf("the same: %+v, worst %+v", found, found.Worst)
	}
	if found := foreign(t, m, build("other_", 1, 2, -50, -60, -3, -4)); found.Equal() {
		t.Errorf("two channels swapped: %+v, worst %+v", found, found.Worst)
	}
}
