package diff

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// written is a model as a file that is open.
func written(t *testing.T, name string, m *graph.Model) *model.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if _, err := mapped.Save(t.Context(), path, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	f, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// trained is a network with a batch norm after each convolution, and fused what the passes make of it.
func trainedAndFused(t *testing.T) (*model.File, *model.File, *acdeploy.Fused) {
	t.Helper()
	n, err := zoo.Find("cifar_quick")
	if err != nil {
		t.Fatal(err)
	}
	trained := written(t, "trained.onnx", n.Build(zoo.Form{Branched: true}))
	steps, err := acdeploy.DefaultSteps(passes.Catalog(), nil)
	if err != nil {
		t.Fatal(err)
	}
	fused, err := acdeploy.Fuse(t.Context(), trained, steps, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "fused.onnx")
	if _, err := fused.Save(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	f, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return trained, f, fused
}

// Of a model that the passes made, each block is one that became a convolution.
func TestByPasses(t *testing.T) {
	trained, fused, made := trainedAndFused(t)
	record, err := made.Document()
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(trained, fused, record.Became, true)
	if err != nil {
		t.Fatal(err)
	}
	if d.Same || d.MatchedBy != ByPasses || len(d.Blocks) != 3 || len(d.Interface) != 0 {
		t.Errorf("got %+v", d)
	}
	for _, b := range d.Blocks {
		if len(b.From) < 8 || b.ToOpTypes[0] != "Conv" {
			t.Errorf("got %+v", b)
		}
	}
	if !slices.ContainsFunc(d.Initializers, func(i Initializer) bool { return i.Change == Gone }) {
		t.Error("no initializer is gone")
	}
}

// Without the passes the same blocks are found by the names of values.
func TestByNames(t *testing.T) {
	trained, fused, _ := trainedAndFused(t)
	d, err := New(trained, fused, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if d.MatchedBy != ByNames || len(d.Blocks) != 3 || d.Blocks[0].ToOpTypes[0] != "Conv" {
		t.Errorf("got %+v", d)
	}
}

func TestSame(t *testing.T) {
	trained, _, _ := trainedAndFused(t)
	d, err := New(trained, trained, nil, false)
	if err != nil || !d.Same || d.Schema != Schema {
		t.Errorf("got %+v, %v", d, err)
	}
}

// What is changed on purpose is found, and nothing else.
func TestChanges(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *graph.Model)
		want   func(d *Diff) bool
	}{
		"a node that is gone": {
			func(m *graph.Model) {
				n := m.Graph.Lookup("y").Producer()
				m.Graph.SetOutputs(n.Input(0))
				m.Graph.Remove(n)
			},
			func(d *Diff) bool { return len(d.Gone) == 1 && d.Gone[0].OpType == "Relu" && len(d.Interface) == 2 },
		},
		"an attribute": {
			func(m *graph.Model) { m.Graph.Lookup("a").Producer().SetAttr(graph.IntAttr("group", 2)) },
			func(d *Diff) bool {
				return len(d.Changed) == 1 && d.Changed[0] == Change{"n_a: group", "1", "2"}
			},
		},
		"numbers": {
			func(m *graph.Model) { m.Graph.Lookup("w").SetData(tensor.Of([]int64{2, 1, 1, 1}, float32(1), 3)) },
			func(d *Diff) bool {
				i := d.Initializers[0]
				return len(d.Initializers) == 1 && i.Name == "w" && i.Change == Numbers && i.Elements == 1 && i.Of == 2 && *i.MaxAbs == 1 && *i.MaxRel == 0.5
			},
		},
		"a new initializer": {
			func(m *graph.Model) { m.Graph.NewInitializer("more", tensor.Of([]int64{1}, float32(1))) },
			func(d *Diff) bool {
				return len(d.Initializers) == 1 && d.Initializers[0].Name == "more" && d.Initializers[0].Change == Added
			},
		},
		"the interface": {
			func(m *graph.Model) {
				in := m.Graph.Inputs()[0]
				typ := in.Type()
				typ.Shape = []tensor.Dim{tensor.Fixed(2), tensor.Fixed(2), tensor.Fixed(3), tensor.Fixed(3)}
				in.SetType(typ)
			},
			func(d *Diff) bool {
				return len(d.Interface) == 1 && d.Interface[0] == Change{"input x", "float[1,2,3,3], the first", "float[2,2,3,3], the first"}
			},
		},
		"metadata": {
			func(m *graph.Model) { onnx.SetMetadata(m, []onnx.Property{{Key: "author", Value: "somebody"}}) },
			func(d *Diff) bool {
				return len(d.Metadata) == 1 && d.Metadata[0] == Change{"metadata author", "", "somebody"}
			},
		},
	} {
		m := small(t)
		changed := m.Clone()
		c.change(changed)
		d, err := New(written(t, "a.onnx", m), written(t, "b.onnx", changed), nil, false)
		if err != nil {
			t.Fatal(err)
		}
		if d.Same || !c.want(d) {
			t.Errorf("%s: got %+v", name, d)
		}
		all := len(d.Blocks) + len(d.Became) + len(d.Gone) + len(d.Added) + len(d.Changed) + len(d.Initializers) + len(d.Interface) + len(d.Metadata)
		if all != 1 && name != "a node that is gone" {
			t.Errorf("%s: more is found: %+v", name, d)
		}
	}
}

// small is x ─ Conv ─ a ─ Relu ─ y.
func small(t *testing.T) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(2), tensor.Fixed(3), tensor.Fixed(3)}})
	if err != nil {
		t.Fatal(err)
	}
	w, err := m.Graph.AddInitializer("w", tensor.Of([]int64{2, 1, 1, 1}, float32(1), 2))
	if err != nil {
		t.Fatal(err)
	}
	conv := graph.NewNode("Conv", x, w)
	conv.SetAttr(graph.IntAttr("group", 1))
	relu := graph.NewNode("Relu")
	for _, n := range []struct {
		node *graph.Node
		out  string
	}{{conv, "a"}, {relu, "y"}} {
		v, err := m.Graph.AddValue(n.out)
		if err != nil {
			t.Fatal(err)
		}
		if n.node.Name = "n_" + n.out; n.node == relu {
			relu.AddInput(m.Graph.Lookup("a"))
		}
		n.node.TakeOutput(v)
		m.Graph.Append(n.node)
	}
	m.Graph.Lookup("y").SetType(graph.Type{Elem: tensor.Float32})
	m.Graph.AddOutput(m.Graph.Lookup("y"))
	return m
}
