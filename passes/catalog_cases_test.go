package passes_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestCasesOfTravel fuses the models rebuilt from public reports in which a map per channel has to travel. The list beside
// them says which operators are left.
func TestCasesOfTravel(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "cases")
	raw, err := os.ReadFile(filepath.Join(folder, "cases.json"))
	if err != nil {
		t.Skip("the cases are not here: ", err)
	}
	var cases map[string]struct{ Expected map[string]int }
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"csp_concat_bn", "paddle_conv1d_bn", "espcn_post", "ecapa_reflect"} {
		t.Run(name, func(t *testing.T) {
			build := func() *graph.Model {
				f, err := mapped.Open(filepath.Join(folder, name+".onnx"))
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = f.Close() })
				return f.Model
			}
			after, result := passtest.Run(t, build, defaults())
			got := ops(after)
			for op, want := range cases[name].Expected {
				if got[op] != want && op != "Conv" {
					t.Errorf("%d %s are left, want %d; refusals %q", got[op], op, want, refusals(result))
				}
			}
			if before := build(); got["Conv"] != ops(before)["Conv"] {
				t.Errorf("%d Conv became %d", ops(before)["Conv"], got["Conv"])
			}
		})
	}
}
