package reduce

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/tensor"
)

// network is a trained one in small.
func network(t *testing.T) *graph.Model {
	t.Helper()
	n, err := zoo.Find("cifar_quick")
	if err != nil {
		t.Fatal(err)
	}
	return n.Build(zoo.Form{Branched: true})
}

// has makes a check that calls a model bad that has an operator so often.
func has(op string, times int) Check {
	return func(_ context.Context, m *graph.Model) (bool, error) {
		found := 0
		for g := range m.Graph.All() {
			for n := range g.Nodes() {
				if n.Is(op) {
					found++
				}
			}
		}
		return found >= times, m.Check()
	}
}

func ops(m *graph.Model) []string {
	var list []string
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			list = append(list, n.OpType)
		}
	}
	return list
}

// Of a network, as many nodes stay as the fault takes, and their sizes and weights become plain.
func TestModel(t *testing.T) {
	m := network(t)
	before := len(ops(m))
	for op, times := range map[string]int{"Conv": 1, "BatchNormalization": 2, "Add": 1} {
		var told []Progress
		small, err := Model(t.Context(), m, Options{Check: has(op, times), Tell: func(p Progress) { told = append(told, p) }})
		if err != nil {
			t.Fatal(err)
		}
		if got := ops(small); len(got) != times || got[0] != op {
			t.Errorf("%s: got %v", op, got)
		}
		for v := range small.Graph.Initializers() {
			if !v.Data().IsAll(0) && !v.Data().IsAll(1) {
				t.Errorf("%s: initializer %s is not plain", op, v.Name())
			}
		}
		if len(told) == 0 || told[len(told)-1].Nodes != times {
			t.Errorf("%s: told %v", op, told)
		}
	}
	if len(ops(m)) != before {
		t.Error("the model changed")
	}
}

func TestModelThatIsGood(t *testing.T) {
	if _, err := Model(t.Context(), network(t), Options{Check: has("Mystery", 1)}); !errors.Is(err, ErrGood) {
		t.Errorf("got %v", err)
	}
}

// After an interrupt, and after a check that fails, the smallest model so far is there.
func TestModelInterrupted(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	check, checks := has("Conv", 1), 0
	small, err := Model(ctx, network(t), Options{Check: func(ctx context.Context, m *graph.Model) (bool, error) {
		if checks++; checks == 4 {
			stop()
		}
		return check(ctx, m)
	}})
	if !errors.Is(err, context.Canceled) || small == nil || len(ops(small)) >= len(ops(network(t))) {
		t.Errorf("got %v", err)
	}
	failure := errors.New("no such program")
	if _, err := Model(t.Context(), network(t), Options{Check: func(context.Context, *graph.Model) (bool, error) { return false, failure }}); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

func TestFewest(t *testing.T) {
	for _, want := range [][]int{{}, {0}, {99}, {3, 50, 51}, {0, 1, 2, 3, 4, 5, 6}} {
		tests := 0
		got := fewest(100, 0, func(keep []int) bool {
			tests++
			for _, k := range want {
				if !slices.Contains(keep, k) {
					return false
				}
			}
			return true
		})
		if !slices.Equal(got, want) || tests > 120 {
			t.Errorf("got %v, want %v, after %d tests", got, want, tests)
		}
	}
	tests := 0
	fewest(1000, 10, func([]int) bool { tests++; return false })
	if tests != 10 {
		t.Errorf("%d tests", tests)
	}
}

func TestProgress(t *testing.T) {
	if got := fmt.Sprint(Progress{"nodes", 7, 3, 20}); !strings.Contains(got, "3 nodes") || !strings.Contains(got, "7 checks") {
		t.Errorf("got %q", got)
	}
}

// conditional is x ─ If ─ y, with two nodes in each branch.
func conditional(t *testing.T) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	g := m.Graph
	input := func(name string, elem tensor.Type) *graph.Value {
		v, err := g.AddInput(name, graph.Type{Elem: elem, Ranked: true, Shape: []tensor.Dim{}})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	x, cond := input("x", tensor.Float32), input("cond", tensor.Bool)
	choice := graph.NewNode("If", cond)
	for _, name := range []string{"then_branch", "else_branch"} {
		body := g.NewSubgraph(name)
		v := x
		for _, op := range []string{"Neg", "Abs", "Sqrt"} {
			n := graph.NewNode(op, v)
			n.TakeOutput(body.NewValue(name + op))
			body.Append(n)
			v = n.Output(0)
			v.SetType(x.Type())
		}
		body.AddOutput(v)
		choice.SetAttr(&graph.Attr{Name: name, Kind: graph.AttrGraph, Graph: body})
	}
	choice.TakeOutput(g.NewValue("y"))
	choice.Output(0).SetType(x.Type())
	g.Append(choice)
	g.AddOutput(choice.Output(0))
	if err := m.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}
