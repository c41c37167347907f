package passtest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// mulMul makes one Mul by a constant of two, and can be wrong in every way that a variant is there to find.
type mulMul struct{ fault string }

func (p mulMul) Run(_ context.Context, r *pipeline.Rewriter) error {
	for g := range r.Graph().All() {
		for n := range g.Nodes() {
			if first := n.Input(0).Producer(); n.Is("Mul") && first.Is("Mul") {
				p.merge(r, first, n)
			}
		}
	}
	return nil
}

func (p mulMul) merge(r *pipeline.Rewriter, first, n *graph.Node) {
	a, b, inner := first.Input(1), n.Input(1), n.Input(0)
	if p.fault != "defaults are constants" && (a.Constant() == nil || b.Constant() == nil) {
		r.Refuse(n.Label(), "not_constant", "a factor is computed; make it a constant")
		return
	}
	if p.fault != "nobody else reads" && inner.OnlyUse() == nil {
		r.Refuse(n.Label(), "shared_output", "another node reads the first product; leave it")
		return
	}
	elem := a.Elem()
	if p.fault == "all is float32" {
		elem = tensor.Float32
	}
	factors, more := a.Data().Float64s(), b.Data().Float64s()
	for i := range factors {
		factors[i] *= more[i]
	}
	product := tensor.Compute(elem, a.Data().Shape(), tensor.Vector(factors))
	r.Rewrite(n.Label(), "merged with the Mul before it", func() {
		g := n.Graph()
		switch p.fault {
		case "weights are mine":
			a.SetData(product)
			n.SetInput(1, a)
		case "nobody else reads":
			first.SetInput(1, g.NewInitializer("product", product))
			inner.Redefine()
			graph.ReplaceAllUses(n.Output(0), inner)
			g.Remove(n)
			return
		case "one graph":
			twin := graph.NewNode("Mul", first.Input(0), g.NewInitializer("product", product))
			twin.Name = g.FreshNodeName("Mul")
			twin.TakeOutput(r.Graph().NewValue("merged"))
			r.Graph().Append(twin)
			graph.ReplaceAllUses(n.Output(0), twin.Output(0))
			g.Remove(n)
			g.Remove(first)
			return
		case "one name":
			n.Name = "product"
			fallthrough
		default:
			n.SetInput(1, g.NewInitializer("product", product))
		}
		n.SetInput(0, first.Input(0))
		g.Remove(first)
	})
}

// scaledTwice is (x·a)·b for four channels.
func scaledTwice() *graph.Model {
	b := graphtest.New(17)
	v := b.Input("x", 2, 4)
	for _, numbers := range [][]float32{{1, 2, 3, 4}, {2, 0.5, -1, 8}} {
		v = b.Node("Mul", []*graph.Value{v, b.Floats([]int64{4}, numbers...)})
	}
	return b.Outputs(v)
}

func tableOf(p pipeline.Pass) passtest.Table {
	return passtest.Table{
		Steps: []pipeline.Step{{Name: "mul_mul", Pass: p}},
		Cases: []passtest.Case{
			{Name: "two factors", Build: scaledTwice, Rewrites: 1},
			{Name: "a Neg in between", Build: func() *graph.Model {
				m := scaledTwice()
				n := m.Graph.Outputs()[0].Producer()
				neg := graph.NewNode("Neg", n.Input(0))
				neg.TakeOutput(m.Graph.NewValue("neg"))
				m.Graph.InsertBefore(neg, n)
				n.SetInput(0, neg.Output(0))
				return m
			}},
		},
	}
}

// TestTable has a pass without a fault in all variants. The golden file shows what became of each.
func TestTable(t *testing.T) {
	table := tableOf(mulMul{})
	table.Golden = "testdata/mul_mul.golden"
	table.Run(t)
}

// TestTableFindsFaults has a pass that is right for the pattern as it is, and wrong in other surroundings.
func TestTableFindsFaults(t *testing.T) {
	for fault, variants := range map[string][]string{
		"weights are mine":       {"shared weights"},
		"nobody else reads":      {"output Mul", "captured Mul"},
		"one name":               {"twice", "shared weights"},
		"one graph":              {"in a branch"},
		"defaults are constants": {"overridable c", "overridable c_1", "all overridable"},
		"all is float32":         {"float16"},
	} {
		t.Run(fault, func(t *testing.T) {
			table := tableOf(mulMul{fault})
			if err := passtest.Try(t.Context(), table, 1); err != nil {
				t.Errorf("a pattern that nothing is done with: %v", err)
			}
			err := passtest.Try(t.Context(), table, 0)
			if err == nil {
				t.Fatal("not found")
			}
			var found []string
			for line := range strings.Lines(err.Error()) {
				if name, _, ok := strings.Cut(strings.TrimPrefix(line, "variant "), ": "); ok && strings.HasPrefix(line, "variant ") {
					found = append(found, name)
				}
			}
			for _, name := range variants {
				if !slices.Contains(found, name) {
					t.Errorf("found by %q, not by %q:\n%v", found, name, err)
				}
			}
			if !strings.Contains(err.Error(), "\nbefore\n") || !strings.Contains(err.Error(), "\nafter\n") {
				t.Errorf("the graphs are not shown: %v", err)
			}
		})
	}
}

// TestTableExpects has cases whose pass does something else than they say.
func TestTableExpects(t *testing.T) {
	open := func() *graph.Model {
		b := graphtest.New(17)
		return b.Outputs(b.Node("Neg", []*graph.Value{b.Input("x", -1, 4)}))
	}
	for name, c := range map[string]struct {
		is   passtest.Case
		want string
	}{
		"more rewrites":  {passtest.Case{Build: scaledTwice, Rewrites: 2}, "1 rewrites, want 2"},
		"fewer":          {passtest.Case{Build: scaledTwice}, "1 rewrites, want 0"},
		"a refusal":      {passtest.Case{Build: scaledTwice, Rewrites: 1, Reason: "not_constant"}, "nothing was refused for not_constant"},
		"an open size":   {passtest.Case{Build: open}, `input "x" has no size: declare its shape, or give one in Sizes`},
		"sizes":          {passtest.Case{Build: open, Sizes: [][][]int64{{{2, 4}}, {{1, 4}}}}, ""},
		"sizes too few":  {passtest.Case{Build: open, Sizes: [][][]int64{{}}}, `input "x" has no size`},
		"no model":       {passtest.Case{}, "the case has no Build"},
		"sizes that err": {passtest.Case{Build: open, Sizes: [][][]int64{{{2, 3}}}}, "the model before does not run"},
	} {
		t.Run(name, func(t *testing.T) {
			table := tableOf(mulMul{})
			table.Cases = []passtest.Case{c.is}
			err := passtest.Try(t.Context(), table, 0)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
