package passes_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestNamedMoves fuses the cases about moves, and ends with the operators that their list names.
func TestNamedMoves(t *testing.T) {
	const folder = "../../shared/cases"
	raw, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Skip("the cases are not here: ", err)
	}
	var cases map[string]struct {
		Expected map[string]int `json:"expected"`
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"yolov5_focus", "conv1d_unsqueeze", "fsmn_outside", "par_convt"} {
		t.Run(name, func(t *testing.T) {
			file, err := os.ReadFile(filepath.Join(folder, name+".onnx"))
			if err != nil {
				t.Fatal(err)
			}
			build := func() *graph.Model {
				m, err := onnx.Decode(file, nil)
				if err != nil {
					t.Fatal(err)
				}
				return m
			}
			var size []int64
			for _, d := range build().Graph.Inputs()[0].Type().Shape {
				if d.Size < 0 {
					d.Size = 2
				}
				size = append(size, d.Size)
			}
			after, result := passtest.Run(t, build, defaults(), [][]int64{size})
			got := ops(after)
			for op, count := range cases[name].Expected {
				if op[0] != '_' && got[op] != count {
					t.Errorf("%d of %s are left, not %d: %v; refusals %q", got[op], op, count, got, refusals(result))
				}
			}
		})
	}
}
