package equal_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/equal"
	"github.com/acdeploy/acdeploy/tensor"
)

// keysOf are the keys of the producers of values; "" for one without.
func keysOf(values ...*graph.Value) []string {
	k := equal.NewKeys()
	list := make([]string, len(values))
	for i, v := range values {
		list[i], _ = k.Of(v.Producer())
	}
	return list
}

// TestKeys tells nodes apart by what they read.
func TestKeys(t *testing.T) {
	b := graphtest.New(17)
	x, y := b.Input("x", 2, 3), b.Input("y", 2, 3)
	node := func(op string, in ...*graph.Value) *graph.Value { return b.Node(op, in) }
	large := tensor.Of([]int64{100}, make([]int64, 100)...)
	for name, c := range map[string]struct {
		a, b  *graph.Value
		equal bool
	}{
		"one value":           {node("Relu", x), node("Relu", x), true},
		"two values":          {node("Relu", x), node("Relu", y), false},
		"two orders":          {node("Sub", x, y), node("Sub", y, x), false},
		"one number":          {node("Mul", x, b.Floats(nil, 3)), node("Mul", x, b.Floats(nil, 3)), true},
		"two numbers":         {node("Mul", x, b.Floats(nil, 3)), node("Mul", x, b.Floats(nil, 4)), false},
		"two shapes":          {node("Mul", x, b.Floats(nil, 3)), node("Mul", x, b.Floats([]int64{1}, 3)), false},
		"many numbers":        {node("Mul", x, b.Floats([]int64{3}, 3)), node("Mul", x, b.Floats([]int64{3}, 3)), false},
		"integers":            {node("Reshape", x, b.Ints(3, 2)), node("Reshape", x, b.Ints(3, 2)), true},
		"many integers":       {node("Gather", x, b.Graph.NewInitializer("i", large)), node("Gather", x, b.Graph.NewInitializer("i", tensor.Of([]int64{100}, make([]int64, 100)...))), false},
		"one tensor":          {node("Gather", x, b.Graph.NewInitializer("i", large)), node("Gather", x, b.Graph.NewInitializer("i", large)), true},
		"an input left out":   {node("Clip", x), node("Clip", x, nil, nil), true},
		"an input in between": {node("Clip", x, nil, b.Floats(nil, 3)), node("Clip", x, b.Floats(nil, 3)), false},
	} {
		if keys := keysOf(c.a, c.b); keys[0] == "" || (keys[0] == keys[1]) != c.equal {
			t.Errorf("%s: %q and %q", name, keys[0], keys[1])
		}
	}
	more := node("Relu", x)
	if err := more.Producer().AddOutput(nil); err != nil {
		t.Fatal(err)
	}
	if keys := keysOf(more, node("Relu", x)); keys[0] == keys[1] {
		t.Error("another number of outputs is not seen")
	}
}

// TestKeysOfOutputs tells nodes apart that have other ones of their outputs.
func TestKeysOfOutputs(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 2, 3)
	split := func(second, third *graph.Value) *graph.Value {
		v := b.Node("Split", []*graph.Value{x})
		for _, out := range []*graph.Value{second, third} {
			if err := v.Producer().AddOutput(out); err != nil {
				t.Fatal(err)
			}
		}
		return v
	}
	value := func() *graph.Value { return b.Graph.NewValue("part") }
	keys := keysOf(split(value(), nil), split(nil, value()), split(value(), nil))
	if keys[0] == "" || keys[0] == keys[1] || keys[0] != keys[2] {
		t.Errorf("the keys are %q", keys)
	}
}
