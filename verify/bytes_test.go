package verify

import (
	"math"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// thirdOf is a recipe: a third of some numbers, which no type holds.
type thirdOf []float64

func (r thirdOf) Row(dst []float64, row int) {
	for i := range dst {
		dst[i] = r[row*len(dst)+i] / 3
	}
}

func (r thirdOf) MaxAbs() float64 { return 100 }

// recipeModel is a Conv of two output channels, one small and one large, whose weight is a recipe.
func recipeModel(t *testing.T) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(1), tensor.Fixed(2)}})
	if err != nil {
		t.Fatal(err)
	}
	weight := tensor.Compute(tensor.Float32, []int64{2, 1, 2}, thirdOf{0.01, 0.02, 100, 200})
	n := graph.NewNode("Conv", x, m.Graph.NewInitializer("w", weight))
	n.SetAttr(graph.IntsAttr("pads", 0, 0))
	y := m.Graph.NewValue("y")
	n.TakeOutput(y)
	m.Graph.Append(n)
	m.Graph.AddOutput(y)
	return m
}

// stored is the model as its file holds it: the recipe rounded once.
func stored(t *testing.T, m *graph.Model) *graph.Model {
	t.Helper()
	file := m.Clone()
	w := file.Graph.Lookup("w")
	raw, err := w.Data().Bytes()
	if err != nil {
		t.Fatal(err)
	}
	now, err := tensor.New(w.Data().Type(), w.Data().Shape(), raw)
	if err != nil {
		t.Fatal(err)
	}
	w.SetData(now)
	return file
}

// change multiplies one number of the weight.
func change(t *testing.T, m *graph.Model, i int, to func(v float32) float32) {
	t.Helper()
	w := m.Graph.Lookup("w")
	list := make([]float32, w.Data().Len())
	for k, v := range w.Data().Float64s() {
		list[k] = float32(v)
	}
	list[i] = to(list[i])
	w.SetData(tensor.Of(w.Data().Shape(), list...))
}

func TestCompareBytes(t *testing.T) {
	next := func(v float32) float32 { return math.Nextafter32(v, 1000) }
	for name, c := range map[string]struct {
		edit    func(m *graph.Model)
		rounded bool
		tensors int
		detail  string
	}{
		"the recipe rounded once":      {func(*graph.Model) {}, true, 0, ""},
		"the last place":               {func(m *graph.Model) { change(t, m, 3, next) }, true, 1, ""},
		"a part of a thousand":         {func(m *graph.Model) { change(t, m, 3, func(v float32) float32 { return 1.001 * v }) }, false, 1, ""},
		"that of the small channel":    {func(m *graph.Model) { change(t, m, 0, func(v float32) float32 { return 1.001 * v }) }, false, 1, ""},
		"no number":                    {func(m *graph.Model) { change(t, m, 0, func(float32) float32 { return float32(math.NaN()) }) }, false, 1, ""},
		"another attribute":            {func(m *graph.Model) { conv(m).SetAttr(graph.IntsAttr("pads", 1, 0)) }, false, 0, "is not the node that the passes make"},
		"another operator":             {func(m *graph.Model) { conv(m).OpType = "ConvTranspose" }, false, 0, "ConvTranspose"},
		"an initializer of its own":    {func(m *graph.Model) { m.Graph.NewInitializer("more", tensor.Of(nil, float32(1))) }, false, 0, `"more"`},
		"another set of operators":     {func(m *graph.Model) { m.Opsets[0].Version = 18 }, false, 0, "operator sets"},
		"an output that is called z":   {func(m *graph.Model) { m.Graph.Outputs()[0].Rename("z") }, false, 0, "inputs and outputs"},
		"another producer in the file": {func(m *graph.Model) { m.ProducerName = "another" }, true, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			m := recipeModel(t)
			file := stored(t, m)
			c.edit(file)
			got, err := CompareBytes(m, file)
			if err != nil {
				t.Fatal(err)
			}
			if got.Equal != (c.tensors == 0 && c.detail == "") || got.Rounded() != c.rounded || len(got.Tensors) != c.tensors || !strings.Contains(got.Detail, c.detail) {
				t.Errorf("rounded %t: %+v", got.Rounded(), got)
			}
		})
	}
}

// TestCompareBytesOfOldFiles: before IR 4 a file lists each initializer as an input, also one that a pass made.
func TestCompareBytesOfOldFiles(t *testing.T) {
	m := recipeModel(t)
	m.IRVersion = 3
	file := stored(t, m)
	if _, err := file.Graph.AddInput("w", graph.Type{Elem: tensor.Float32}); err == nil {
		t.Fatal("a name is taken twice")
	}
	old := graph.NewModel(3, m.Opsets...)
	typ := m.Graph.Inputs()[0].Type()
	x, err := old.Graph.AddInput("x", typ)
	if err != nil {
		t.Fatal(err)
	}
	w, err := old.Graph.AddInput("w", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := old.Graph.AddInitializer("w", file.Graph.Lookup("w").Data()); err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode("Conv", x, w)
	n.SetAttr(graph.IntsAttr("pads", 0, 0))
	y, err := old.Graph.AddValue("y")
	if err != nil {
		t.Fatal(err)
	}
	n.TakeOutput(y)
	old.Graph.Append(n)
	old.Graph.AddOutput(y)
	if got, err := CompareBytes(m, old); err != nil || !got.Equal {
		t.Errorf("%v, %+v", err, got)
	}
}

// TestTensorBytes tells by how much an initializer is off.
func TestTensorBytes(t *testing.T) {
	m := recipeModel(t)
	file := stored(t, m)
	change(t, file, 0, func(v float32) float32 { return 1.2 * v })
	got, err := CompareBytes(m, file)
	if err != nil {
		t.Fatal(err)
	}
	// The small channel is 0.01/3, 0.02/3: a fifth of the first is a tenth of the largest.
	if w := got.Tensors[0]; w.Name != "w" || math.Abs(float64(w.Relative)-0.1) > 1e-6 || w.ULPs < 1e6 {
		t.Errorf("%+v", w)
	}
	if text := got.String(); !strings.Contains(text, `initializer "w" of the second file is 10 % off`) {
		t.Error(text)
	}
}

func TestULPs(t *testing.T) {
	for _, c := range []struct {
		t    tensor.Type
		a, b float64
		want float64
	}{
		{tensor.Float32, 1, 1, 0},
		{tensor.Float32, 1, 1 + 0x1p-23, 1},
		{tensor.Float32, 0x1p-149, -0x1p-149, 2},
		{tensor.Float64, 1, 1 + 0x1p-52, 1},
		{tensor.Float16, 1, 1 + 0x1p-10, 1},
		{tensor.BFloat16, 1, 1 + 0x1p-7, 1},
		{tensor.Int64, 3, 5, 2},
		{tensor.Float32, math.NaN(), math.NaN(), 0},
		{tensor.Float32, math.NaN(), 1, math.Inf(1)},
	} {
		if got := ulps(c.t, c.a, c.b); got != c.want {
			t.Errorf("%s: %g and %g are %g apart, want %g", c.t, c.a, c.b, got, c.want)
		}
	}
}

// TestWritten holds a file that was just written to every bit, and another one to what rounding explains.
func TestWritten(t *testing.T) {
	equal := Result{Equal: true}
	off := BytesResult{Tensors: []TensorBytes{{Name: "w", Relative: 0.1}}}
	rounded := BytesResult{Tensors: []TensorBytes{{Name: "w", Relative: 1e-8, rounded: true}}}
	other := BytesResult{Detail: "graph has 3 nodes, not 4"}
	for name, c := range map[string]struct {
		file BytesResult
		made bool
		want bool
	}{
		"the same":                   {BytesResult{Equal: true}, true, true},
		"written, off":               {off, true, false},
		"written, rounded otherwise": {rounded, true, false},
		"another, off":               {off, false, false},
		"another, rounded otherwise": {rounded, false, true},
		"another graph":              {other, false, true},
	} {
		if got := equal.Written(c.file, c.made); got.Equal != c.want || got.Bytes == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestWrittenWhereLayersMakeUp believes that several layers of a file make up for each other where all between was compared.
func TestWrittenWhereLayersMakeUp(t *testing.T) {
	off := func(layers int) BytesResult {
		return BytesResult{Tensors: []TensorBytes{{Name: "w", Relative: 3}}, Layers: layers}
	}
	for name, c := range map[string]struct {
		by     *AlgebraResult
		layers int
		want   bool
	}{
		"two layers, all compared": {&AlgebraResult{Regions: 2, Compared: 2}, 2, true},
		"one layer, all compared":  {&AlgebraResult{Regions: 2, Compared: 2}, 1, false},
		"one region not compared":  {&AlgebraResult{Regions: 2, Compared: 1}, 2, false},
		"no region":                {&AlgebraResult{}, 2, false},
		"a region that differs":    {&AlgebraResult{Regions: 1, Compared: 1, Worst: &RegionResult{MaxRel: 2, Bound: 1}}, 2, false},
		"nothing was compared":     {nil, 2, false},
	} {
		if got := (Result{Equal: true, Algebra: c.by}).Written(off(c.layers), false); got.Equal != c.want {
			t.Errorf("%s: equal %t", name, got.Equal)
		}
	}
}

func conv(m *graph.Model) *graph.Node {
	for n := range m.Graph.Nodes() {
		return n
	}
	return nil
}

// TestBytesOfARenamedFile believes a difference in one layer of a file with other names, and not one in two layers, which may make up
// for each other.
func TestBytesOfARenamedFile(t *testing.T) {
	n := newNet(t)
	x := n.input("x", tensor.Float32, 1, 2, 4)
	m := n.model(n.conv("second", n.conv("first", x, 1, 2, 3, 4), 1, 2, 3, 4))
	scaled := func(by ...float32) BytesResult {
		t.Helper()
		file, k := m.Clone(), 0
		for node := range file.Graph.Nodes() {
			w := node.Input(1)
			w.SetData(repeated(w.Data().Shape(), by[k], 2*by[k], 3*by[k], 4*by[k]))
			k++
		}
		r, err := CompareBytes(m, file)
		if err != nil {
			t.Fatal(err)
		}
		r.Renamed = true
		return r
	}
	for _, c := range []struct {
		by  []float32
		off bool
	}{{[]float32{1, 1}, false}, {[]float32{1 + 0x1p-22, 1}, false}, {[]float32{2, 1}, true}, {[]float32{2, 0.5}, false}} {
		r := scaled(c.by...)
		if r.Off(false) != c.off {
			t.Errorf("scaled by %v: off %t: %+v", c.by, r.Off(false), r)
		}
		if r.Renamed = false; r.Off(false) != (c.by[0] == 2) {
			t.Errorf("scaled by %v, with the names of the passes: off %t", c.by, r.Off(false))
		}
	}
}

// TestBytesInAnotherOrder takes nodes that do not depend on each other in any order.
func TestBytesInAnotherOrder(t *testing.T) {
	ordered := func(first, second string) *graph.Model {
		n := newNet(t)
		x := n.input("x", tensor.Float32, 2)
		made := map[string]*graph.Value{}
		for _, op := range []string{first, second} {
			made[op] = n.node(op, op, []*graph.Value{x})
		}
		return n.model(n.node("sum", "Add", []*graph.Value{made["Relu"], made["Neg"]}))
	}
	r, err := CompareBytes(ordered("Relu", "Neg"), ordered("Neg", "Relu"))
	if err != nil || !r.Equal {
		t.Errorf("%+v, %v", r, err)
	}
}
