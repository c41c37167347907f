package passtest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

// pattern is x·a → Relu → ·b, over a constant of one number and one of two.
func pattern() *graph.Model {
	b := graphtest.New(17)
	v := b.Node("Mul", []*graph.Value{b.Input("x", 2), b.Floats([]int64{1}, 3)})
	return b.Outputs(b.Node("Mul", []*graph.Value{b.Node("Relu", []*graph.Value{v}), b.Floats([]int64{2}, 5, 7)}))
}

// made is the text of a variant of a pattern, which has to be a sound graph that runs.
func made(t *testing.T, build func() *graph.Model, name string) string {
	t.Helper()
	for _, v := range variants(build()) {
		if v.name != name {
			continue
		}
		m := build()
		if err := v.make(m); err != nil {
			t.Fatal(err)
		}
		if err := op.Check(m.Graph); err != nil {
			t.Fatalf("%v\n%s", err, Text(m))
		}
		in := Inputs(m, nil, 1)
		all := []tensor.Map{in}
		if v.more != nil {
			all = append(all, v.more(m, in)...)
		}
		for _, in := range all {
			if _, err := outputs(m, in); err != nil {
				t.Fatalf("%v\n%s", err, Text(m))
			}
		}
		return Text(m)
	}
	t.Fatalf("there is no variant %q", name)
	return ""
}

func TestVariants(t *testing.T) {
	var names []string
	for _, v := range variants(pattern()) {
		names = append(names, v.name)
	}
	want := []string{
		"twice", "shared weights", "in a branch", "output Mul", "captured Mul", "output Relu", "captured Relu",
		"overridable c", "overridable c_1", "all overridable", "float16",
	}
	if !slices.Equal(names, want) {
		t.Errorf("got %q", names)
	}
	for name, lines := range map[string][]string{
		"twice":           {"float[2] c_1_1 = {7, 5}", "[Mul_2] Mul_3 = Mul (x, c_2)", "=> (Mul_1, Mul_1_2)"},
		"shared weights":  {"[Mul_2] Mul_3 = Mul (x, c)"},
		"in a branch":     {"(float[2] x, bool[] condition) => (Mul_1)", "[if] Mul_1 = If <then_branch = then () => ", "float[2] c_1_1 = {5, 7}", "float[2] c_1_2 = {7, 5}"},
		"output Mul":      {"=> (Mul_1, Mul)"},
		"captured Relu":   {"=> (Mul_1, captured)", "[read] read = Identity (Relu)", "[read_1] read_2 = Identity (Relu)"},
		"overridable c":   {"(float[2] x, float[1] c) =>", "float[1] c = {3}", "float[2] c_1 = {5, 7}"},
		"all overridable": {"(float[2] x, float[1] c, float[2] c_1) =>"},
		"float16":         {"(float16[2] x) =>", "float16[2] c_1 = {5, 7}"},
	} {
		text := made(t, pattern, name)
		for _, line := range lines {
			if !strings.Contains(text, line) {
				t.Errorf("%s lacks %q:\n%s", name, line, text)
			}
		}
	}
}

// TestVariantsThatAreNone has patterns that cannot stand in every surrounding.
func TestVariantsThatAreNone(t *testing.T) {
	bare := func() *graph.Model {
		b := graphtest.New(17)
		x := b.Input("x", 2)
		x.SetElem(tensor.Int64)
		return b.Outputs(b.Node("Neg", []*graph.Value{x}))
	}
	through := func() *graph.Model {
		b := graphtest.New(17)
		return b.Outputs(b.Input("x", 2))
	}
	for name, c := range map[string]struct {
		build func() *graph.Model
		none  []string
	}{
		"integers without weights":   {bare, []string{"shared weights", "float16"}},
		"an input that is an output": {through, []string{"twice", "shared weights", "in a branch"}},
	} {
		for _, v := range variants(c.build()) {
			if err := v.make(c.build()); errors.Is(err, errNone) != slices.Contains(c.none, v.name) {
				t.Errorf("%s, %s: %v", name, v.name, err)
			}
		}
	}
}

// TestMoreInputs gives an If its other condition, and initializers other numbers than their defaults.
func TestMoreInputs(t *testing.T) {
	in := tensor.Map{"x": tensor.Of([]int64{1}, 1.5), "condition": tensor.Of(nil, true)}
	more := bothWays(nil, in)
	if len(more) != 1 || more[0]["condition"].Float64s()[0] != 0 || in["condition"].Float64s()[0] != 1 || more[0]["x"] != in["x"] {
		t.Errorf("got %v", more)
	}
	m := pattern()
	m.Graph.NewInitializer("axes", tensor.Of([]int64{1}, int64(1)))
	if err := overridable(m, "c", "axes"); err != nil {
		t.Fatal(err)
	}
	more = overridden(m, in)
	if len(more) != 2 || more[0]["axes"] != nil || more[1]["axes"].Float64s()[0] != 2 || more[0]["c"].Float64s()[0] != 3.8125 || more[0]["x"] != in["x"] {
		t.Errorf("got %v", more)
	}
}
