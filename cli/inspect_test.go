package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

func TestByCount(t *testing.T) {
	got := byCount(map[string]int{"Relu": 2, "Add": 2, "Conv": 9, "Gemm": 1})
	if want := []string{"Conv", "Add", "Relu", "Gemm"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPrintInspection(t *testing.T) {
	d := inspection{
		File: reports.File{Path: "net\x1b.onnx", SHA256: "12", ModelSHA256: "34", Bytes: 1500}, External: []string{"w.bin"},
		IRVersion: 8, Opsets: map[string]int64{"com.example": 1, "": 17}, Producer: "torch 2",
		Inputs: []string{"x"}, Outputs: []string{"y"}, Notes: []string{"one note"},
		Graph: reports.Graph{Nodes: 4, Parameters: 10, Ops: map[string]int{"Conv": 3, "Add": 1}},
		Fused: reports.Graph{Nodes: 1, Parameters: 5, Ops: map[string]int{"Conv": 1}}, Blocks: someBlocks(),
	}
	var out bytes.Buffer
	(&app{out: &out}).printInspection(d)
	want := `file        net\u001b.onnx, 1.5 kB
sha256      12
data        w.bin
with data   34
format      IR 8, opset onnx 17, com.example 1
producer    torch 2
input       x
output      y
nodes       4
parameters  10
            3 Conv
            1 Add
blocks      2 of ACNet (3×3, 3×1, 1×3)
blocks      1 of ACNet (3×3, 3×1, 1×3), left: misaligned
fusing      4 → 1 nodes: Add 1 → 0, Conv 3 → 1, parameters 10 → 5
note        one note
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	d.Fused = d.Graph
	(&app{out: &out}).printInspection(d)
	if !strings.Contains(out.String(), "fusing      changes no node\n") {
		t.Errorf("got\n%s", out.String())
	}
}
