package passes_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestTrainedModels runs the default pipeline over every trained network: each form of it ends with
// the operators of its own baseline after folding, and gives the answers that it gave.
func TestTrainedModels(t *testing.T) {
	const models = "../../shared/models"
	nets, err := os.ReadDir(models)
	if err != nil {
		t.Skipf("the trained models are not here: %v", err)
	}
	seen := 0
	for _, net := range nets {
		if !net.IsDir() {
			continue
		}
		var want map[string]int
		for _, form := range []string{"baseline", "acnet", "acnet-folded-export"} {
			t.Run(net.Name()+"/"+form, func(t *testing.T) {
				path := filepath.Join(models, net.Name(), form+".onnx")
				build := func() *graph.Model {
					f, err := mapped.Open(path)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() {
						if err := f.Close(); err != nil {
							t.Error(err)
						}
					})
					return f.Model
				}
				after, _ := passtest.Run(t, build, defaults(), [][]int64{{2, 3, 32, 32}})
				seen++
				got := ops(after)
				if want == nil {
					want = got
				}
				if !maps.Equal(got, want) {
					t.Errorf("operators %v, the baseline has %v", got, want)
				}
			})
		}
	}
	if seen != 21 {
		t.Errorf("%d models were seen, there should be 21", seen)
	}
}
