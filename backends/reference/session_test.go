package reference

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// appended adds a node with one output to g.
func appended(t testing.TB, g *graph.Graph, op string, attrs []*graph.Attr, in ...*graph.Value) *graph.Value {
	t.Helper()
	n := graph.NewNode(op, in...)
	for _, a := range attrs {
		n.SetAttr(a)
	}
	v := g.NewValue(strings.ToLower(op))
	if err := n.AddOutput(v); err != nil {
		t.Fatal(err)
	}
	g.Append(n)
	return v
}

// TestIf runs a branch that captures a value which nothing else reads.
func TestIf(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 16})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	cond, err := m.Graph.AddInput("cond", graph.Type{Elem: tensor.Bool})
	if err != nil {
		t.Fatal(err)
	}
	hidden := appended(t, m.Graph, "Neg", nil, x)
	sub := func(op string) *graph.Graph {
		g := m.Graph.NewSubgraph(op)
		g.AddOutput(appended(t, g, op, nil, hidden, g.NewInitializer("two", tensor.Of([]int64{1}, float32(2)))))
		return g
	}
	y := appended(t, m.Graph, "If", []*graph.Attr{
		{Name: "then_branch", Kind: graph.AttrGraph, Graph: sub("Add")},
		{Name: "else_branch", Kind: graph.AttrGraph, Graph: sub("Mul")},
	}, cond)
	m.Graph.AddOutput(y)
	s, err := OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	for which, want := range map[bool][]float64{true: {-1, -3}, false: {-6, -10}} {
		out, err := s.Run(context.Background(), tensor.Map{
			"x": tensor.Of([]int64{2}, float32(3), 5), "cond": tensor.Of([]int64{}, which),
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out[y.Name()].Float64s()); diff != "" {
			t.Errorf("%t: %s", which, diff)
		}
	}
}

// TestConstantsAreReadOnce counts how often a recipe is evaluated.
func TestConstantsAreReadOnce(t *testing.T) {
	counter := &counted{}
	s, err := OpenGraph(oneNodeOf(t, tensor.Compute(tensor.Float32, []int64{1}, counter)))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := s.Run(context.Background(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if counter.rows != 1 {
		t.Errorf("the initializer was read %d times", counter.rows)
	}
}

func oneNodeOf(t *testing.T, x *tensor.Tensor) *graph.Model {
	t.Helper()
	return oneNode(13, "Add", nil, 1, x, tensor.Of([]int64{1}, float32(1)))
}

type counted struct{ rows int }

func (c *counted) Row(dst []float64, _ int) { c.rows++; fill(dst, 1) }

func (c *counted) MaxAbs() float64 { return 1 }

// TestValuesAreDropped looks at which step is the last to read each value.
func TestValuesAreDropped(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 13})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	a := appended(t, m.Graph, "Relu", nil, x)
	b := appended(t, m.Graph, "Neg", nil, a)
	c := appended(t, m.Graph, "Add", nil, a, b)
	appended(t, m.Graph, "Abs", nil, c) // read by nothing
	m.Graph.AddOutput(c)
	s, err := OpenGraph(m)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, st := range s.plans[m.Graph].steps {
		names := []string{}
		for _, v := range st.spent {
			names = append(names, v.Name())
		}
		got = append(got, names)
	}
	if diff := cmp.Diff([][]string{{"x"}, {}, {"neg", "relu"}, {"abs"}}, got, cmp.Transformer("sorted", sorted)); diff != "" {
		t.Error(diff)
	}
}

func sorted(list []string) map[string]bool {
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return set
}

func TestCancelled(t *testing.T) {
	s, err := OpenGraph(oneNodeOf(t, tensor.Of([]int64{1}, float32(1))))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Run(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestEntry(t *testing.T) {
	if err := (catalog.Catalog[backends.Backend]{Entry()}).Validate(); err != nil {
		t.Error(err)
	}
	if err := Entry().New().Check(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestOpenRefuses opens what is not a model, and a model whose data lies elsewhere.
func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	outside := write("outside.bin", make([]byte, 64))
	write("in/short.bin", make([]byte, 2))
	write("in/good.bin", make([]byte, 4))
	if err := os.Symlink(outside, filepath.Join(dir, "in", "link.bin")); err != nil {
		t.Skip("no symbolic links here: ", err)
	}
	for name, location := range map[string]string{
		"absolute": outside, "parent": "../outside.bin", "link": "link.bin", "folder": ".", "absent": "none.bin", "short": "short.bin",
		"good": "good.bin",
	} {
		path := write("in/"+name+".onnx", externalModel(location))
		_, err := New().Open(context.Background(), backends.Model{Name: "the model", Path: path}, backends.Tuning{})
		if name == "good" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), "open model the model: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for name, path := range map[string]string{"folder": dir, "absent": filepath.Join(dir, "x", "y"), "garbage": outside} {
		if _, err := New().Open(context.Background(), backends.Model{Name: "m", Path: path}, backends.Tuning{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// BenchmarkTrained runs the heaviest of the trained networks on one image.
func BenchmarkTrained(b *testing.B) {
	dir := sharedModels(b)
	image := evaluation(b, dir, 1)
	for _, name := range []string{"densenet40", "resnet20", "vgg16_quarter"} {
		b.Run(name, func(b *testing.B) {
			data, err := os.ReadFile(filepath.Join(dir, name, "acnet.onnx"))
			if err != nil {
				b.Fatal(err)
			}
			m, err := onnx.Decode(data, nil)
			if err != nil {
				b.Fatal(err)
			}
			s, err := OpenGraph(m)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.RunFloat64(context.Background(), tensor.Map{m.Graph.Inputs()[0].Name(): image}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkResNet18 runs the plain and the branched network at 224².
func BenchmarkResNet18(b *testing.B) {
	for name, branched := range map[string]bool{"plain": false, "acnet": true} {
		b.Run(name, func(b *testing.B) {
			m := resNet18(b, branched)
			s, err := OpenGraph(m)
			if err != nil {
				b.Fatal(err)
			}
			image := noise(rand.New(rand.NewPCG(1, 2)), 1, 3, 224, 224)
			for b.Loop() {
				if _, err := s.RunFloat64(context.Background(), tensor.Map{"x": image}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// resNet18 is the network's convolutions, sums and poolings with random weights; branched, every
// 3×3 is a sum of 3×3, 1×3 and 3×1.
func resNet18(b *testing.B, branched bool) *graph.Model {
	b.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 13})
	rng := rand.New(rand.NewPCG(3, 4))
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		b.Fatal(err)
	}
	conv := func(in *graph.Value, from, to, kh, kw int, stride int64) *graph.Value {
		h, w := int64(kh/2), int64(kw/2)
		return appended(b, m.Graph, "Conv", []*graph.Attr{graph.IntsAttr("strides", stride, stride), graph.IntsAttr("pads", h, w, h, w)},
			in, m.Graph.NewInitializer("w", noise(rng, to, from, kh, kw)))
	}
	square := func(in *graph.Value, from, to int, stride int64) *graph.Value {
		y := conv(in, from, to, 3, 3, stride)
		if branched {
			y = appended(b, m.Graph, "Add", nil, y, conv(in, from, to, 1, 3, stride))
			y = appended(b, m.Graph, "Add", nil, y, conv(in, from, to, 3, 1, stride))
		}
		return y
	}
	y := appended(b, m.Graph, "Relu", nil, conv(x, 3, 64, 7, 7, 2))
	y = appended(b, m.Graph, "MaxPool", []*graph.Attr{
		graph.IntsAttr("kernel_shape", 3, 3), graph.IntsAttr("strides", 2, 2), graph.IntsAttr("pads", 1, 1, 1, 1),
	}, y)
	from := 64
	for stage, to := range []int{64, 128, 256, 512} {
		for block := range 2 {
			stride, shortcut := int64(1), y
			if stage > 0 && block == 0 {
				stride = 2
				shortcut = conv(y, from, to, 1, 1, 2)
			}
			y = appended(b, m.Graph, "Relu", nil, square(y, from, to, stride))
			y = appended(b, m.Graph, "Relu", nil, appended(b, m.Graph, "Add", nil, square(y, to, to, 1), shortcut))
			from = to
		}
	}
	m.Graph.AddOutput(appended(b, m.Graph, "GlobalAveragePool", nil, y))
	return m
}
