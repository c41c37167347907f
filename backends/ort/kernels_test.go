package ort

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestKernelsAreDescribedByTheGraph(t *testing.T) {
	m := graph.NewModel(8, graph.Opset{Version: 13}, graph.Opset{Domain: "com.microsoft.nchwc", Version: 1})
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32})
	if err != nil {
		t.Fatal(err)
	}
	last := x
	add := func(name, op, domain string, attrs ...*graph.Attr) {
		n := graph.NewNode(op, last)
		n.Name, n.Domain = name, domain
		for _, a := range attrs {
			n.AddAttr(a)
		}
		m.Graph.Append(n)
		last = m.Graph.NewValue("of_" + name)
		if err := n.AddOutput(last); err != nil {
			t.Fatal(err)
		}
	}
	long := make([]int64, 500)
	add("conv", "Conv", "com.microsoft.nchwc", graph.StringAttr("activation", "Relu"), graph.IntsAttr("pads", 1, 1, 1, 1), graph.IntAttr("group", 2))
	add("leaky", "LeakyRelu", "", graph.FloatAttr("alpha", 0.1))
	add("twice", "Relu", "")
	add("twice", "Relu", "", graph.IntAttr("axis", 1))
	add("", "Abs", "", graph.IntAttr("b", 1))
	add("", "Abs", "", graph.IntAttr("a", 1))
	add("long", "Relu", "", graph.IntsAttr("list", long...))
	m.Graph.AddOutput(last)
	var file bytes.Buffer
	if _, err := onnx.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	steps := []backends.Step{
		{Name: "conv", Op: "Conv", Detail: "float[1]"},
		{Name: "leaky", Op: "LeakyRelu"},
		{Name: "twice", Op: "Relu"},
		{Name: "long", Op: "Relu"},
		{Name: "elsewhere", Op: "Relu"},
		{Name: "leaky", Op: "Relu"},
		{Name: "Abs_3", Op: "Abs", Detail: "float[1]"},
	}
	describeKernels(steps, file.Bytes())
	want := []backends.Step{
		{Name: "conv", Op: "com.microsoft.nchwc.Conv", Detail: "{activation=Relu group=2 pads=1,1,1,1} float[1]"},
		{Name: "leaky", Op: "LeakyRelu", Detail: "{alpha=0.1} "},
		{Name: "twice", Op: "Relu", Detail: "|{axis=1} "},
		{Name: "long", Op: "Relu", Detail: "{list=" + strings.Repeat("0,", 100) + "…} "},
		{Name: "elsewhere", Op: "Relu"},
		{Name: "leaky", Op: "Relu"},
		{Name: "Abs_3", Op: "Abs", Detail: "{a=1}|{b=1} float[1]"},
	}
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	steps = slices.Clone(want)
	describeKernels(steps, []byte("garbage")) // which changes nothing
	describeKernels(steps, nil)
	if diff := cmp.Diff(want, steps); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
