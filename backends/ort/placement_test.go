package ort

import (
	"bytes"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestPlacement(t *testing.T) {
	steps := func(provider string, s ...backends.Step) (backends.Plan, error) {
		plan := markShapes(backends.Plan{Steps: s}, provider)
		return plan, placed(plan, provider)
	}
	conv := backends.Step{Name: "c", Op: "Conv", Provider: "CUDAExecutionProvider", Detail: "float[1] -> float[1]"}
	shape := backends.Step{Name: "s", Op: "Shape", Provider: "CPUExecutionProvider", Detail: "float[1,3] -> int64[2]"}
	gather := backends.Step{Name: "g", Op: "Gather", Provider: "CPUExecutionProvider", Detail: "int64[2] int64[] -> int64[]"}
	plan, err := steps("cuda", conv, shape, gather)
	if err != nil || plan.Steps[0].ShapesOnly || !plan.Steps[1].ShapesOnly || !plan.Steps[2].ShapesOnly {
		t.Errorf("%+v, %v", plan, err)
	}
	tests := map[string]backends.Step{
		"add_of_floats":   {Name: "n", Op: "Add", Provider: "CPUExecutionProvider", Detail: "float[1] float[1] -> float[1]"},
		"argmax":          {Name: "n", Op: "ArgMax", Provider: "CPUExecutionProvider", Detail: "float[1,1000] -> int64[1]"},
		"unknown_details": {Name: "n", Op: "Gather", Provider: "CPUExecutionProvider", Detail: "?"},
		"another_gpu":     {Name: "n", Op: "Shape", Provider: "TensorrtExecutionProvider", Detail: "float[1] -> int64[1]"},
	}
	for name, step := range tests {
		if _, err := steps("cuda", conv, step); err == nil || !strings.Contains(err.Error(), "does not run every node on CUDA: n (") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
	if plan, _ := steps("cpu", shape); plan.Steps[0].ShapesOnly {
		t.Error("on the CPU every node belongs there")
	}
}

// TestPlanOnAGPU reads a profile as a GPU provider leaves it: the sizes are computed on the CPU, the rest is not.
func TestPlanOnAGPU(t *testing.T) {
	profile := func(provider, op string) []byte {
		return []byte(`[
{"cat":"Node","name":"s_kernel_time","ts":1,"args":{"op_name":"Shape","provider":"CPUExecutionProvider",
 "input_type_shape":[{"float":[1,3]}],"output_type_shape":[{"int64":[2]}]}},
{"cat":"Node","name":"` + op + `_0_kernel_time","ts":2,"args":{"op_name":"` + op + `","provider":"` + provider + `",
 "input_type_shape":[{"float":[1,3]}],"output_type_shape":[{"float":[1,3]}]}}
]`)
	}
	m := graph.NewModel(8, graph.Opset{Version: 17})
	m.Graph.Name = "g"
	x, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(3)}})
	if err != nil {
		t.Fatal(err)
	}
	n := graph.NewNode("Shape", x)
	n.Name = "s"
	n.SetAttr(graph.IntAttr("start", 0))
	y, err := m.Graph.AddValue("y")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.AddOutput(y); err != nil {
		t.Fatal(err)
	}
	m.Graph.Append(n)
	y.SetType(graph.Type{Elem: tensor.Int64, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(2)}})
	m.Graph.AddOutput(y)
	var file bytes.Buffer
	if _, err := onnx.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	plan, err := planOf(profile("CUDAExecutionProvider", "Relu"), file.Bytes(), "cuda")
	if err != nil {
		t.Fatal(err)
	}
	if s := plan.Steps; !s[0].ShapesOnly || !strings.HasPrefix(s[0].Detail, "{start=0}") || s[1].ShapesOnly || s[1].Opaque || placed(plan, "cuda") != nil {
		t.Errorf("plan is %+v, placed %v", plan, placed(plan, "cuda"))
	}
	plan, err = planOf(profile("TensorrtExecutionProvider", "TRTKernel_graph_main_5213_0"), nil, "tensorrt")
	if err != nil {
		t.Fatal(err)
	}
	if s := plan.Steps; !s[1].Opaque || s[1].Op != "TRTKernel" || placed(plan, "tensorrt") != nil {
		t.Errorf("plan is %+v, placed %v", plan, placed(plan, "tensorrt"))
	}
	if plan, err := planOf(profile("CUDAExecutionProvider", "Relu"), nil, "cpu"); err != nil || plan.Steps[0].ShapesOnly {
		t.Errorf("asked on the CPU: %+v, %v", plan, err)
	}
}

func TestFallbackIsForbiddenUnlessDecided(t *testing.T) {
	given := map[string]string{"session.set_denormal_as_zero": "1"}
	if got := strictly(given); got[noFallback] != "1" || len(got) != 2 || len(given) != 1 {
		t.Errorf("%v of %v", got, given)
	}
	if got := strictly(map[string]string{noFallback: "0"}); got[noFallback] != "0" {
		t.Errorf("the caller's decision is lost: %v", got)
	}
	if got := strictly(nil); got[noFallback] != "1" {
		t.Error("nothing given")
	}
}
