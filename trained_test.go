package acdeploy_test

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/sbinet/npyio"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/verify"
)

const trainedModels = "../shared/models"

// TestTrainedModels takes every trained network in every form through the main job: it ends with the
// operators of its own baseline after folding; the algebra agrees to 1e-12; the written file gives
// PyTorch's logits for the held-out images in onnxruntime, unoptimised, within 5e-6 of their scale; and
// top-1 is what it was after training.
func TestTrainedModels(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(trainedModels, "accuracy.json"))
	if err != nil {
		t.Skipf("the trained models are not here: %v", err)
	}
	var accuracy map[string]map[string]struct{ Top1 float64 }
	if err := json.Unmarshal(raw, &accuracy); err != nil {
		t.Fatal(err)
	}
	engine := ort.New()
	engine.Optimization, engine.Threads = "disabled", 2
	absent := engine.Check(t.Context())
	forms := 0
	for net, top1 := range accuracy {
		var want map[string]int
		for _, form := range []string{"baseline", "acnet", "acnet-folded-export"} {
			weights := "acnet"
			if form == "baseline" {
				weights = form
			}
			forms++
			t.Run(net+"/"+form, func(t *testing.T) {
				out, ops := fuseTrained(t, filepath.Join(trainedModels, net, form+".onnx"))
				if want == nil {
					want = ops
				}
				if !maps.Equal(ops, want) {
					t.Errorf("operators %v, the baseline has %v", ops, want)
				}
				if absent != nil {
					t.Skipf("logits and top-1 are not compared: %v", absent)
				}
				logits := filepath.Join(trainedModels, net, weights+"-logits.npy")
				checkLogits(t, engine, out, logits, top1[weights].Top1)
			})
		}
	}
	if forms != 21 {
		t.Errorf("%d models, there should be 21", forms)
	}
}

// fuseTrained fuses a model into a file, checks the algebra, and returns the file and its operators.
func fuseTrained(t *testing.T, path string) (string, map[string]int) {
	t.Helper()
	source, err := acdeploy.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, source)
	steps, err := acdeploy.DefaultSteps(passes.Catalog(), nil)
	if err != nil {
		t.Fatal(err)
	}
	fused, err := source.Fuse(t.Context(), steps, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	before, err := mapped.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, before)
	checkAlgebra(t, before.Model, source.Graph())
	out := filepath.Join(t.TempDir(), "fused.onnx")
	saved, err := fused.Save(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	return out, saved.Document().After.Ops
}

// checkAlgebra runs both graphs in float64 on inputs of several seeds.
func checkAlgebra(t *testing.T, before, after *graph.Model) {
	t.Helper()
	for seed := range uint64(2) {
		in := passtest.Inputs(before, [][]int64{{2, 3, 32, 32}}, seed)
		diff, err := passtest.Difference(before, after, in)
		if err != nil || diff > passtest.Tolerance {
			t.Errorf("the algebra differs by %g of the output's scale (%v)", diff, err)
		}
	}
}

type closer interface{ Close() error }

func closing(t *testing.T, c closer) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// checkLogits runs a model over the held-out images.
func checkLogits(t *testing.T, engine *ort.ORT, path, logits string, top1 float64) {
	t.Helper()
	model, err := acdeploy.Interface(path)
	if err != nil {
		t.Fatal(err)
	}
	session, err := engine.Open(t.Context(), model)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, session)
	data, err := verify.OpenData(verify.DataOptions{
		Path: filepath.Join(trainedModels, "digits-eval.npz"), Images: "images", Labels: "labels", Batch: 60,
	}, model.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	want := readLogits(t, logits)
	scale, worst, right := 0.0, 0.0, 0
	for batch, err := range data.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		out, err := session.Run(t.Context(), batch.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		got := out["logits"].Float64s()
		classes := len(got) / batch.Padded
		for i := range batch.Rows {
			best := 0
			for c := range classes {
				w, g := float64(want[(batch.First+i)*classes+c]), got[i*classes+c]
				scale, worst = max(scale, math.Abs(w)), max(worst, math.Abs(w-g))
				if g > got[i*classes+best] {
					best = c
				}
			}
			if int64(best) == batch.Labels[i] {
				right++
			}
		}
	}
	if worst > 5e-6*scale {
		t.Errorf("logits differ from PyTorch's by %.2g of their scale", worst/scale)
	}
	if n := data.Samples(); n != 360 || math.Abs(float64(right)/float64(n)-top1) > 1e-6 {
		t.Errorf("top-1 is %d of %d, after training it was %.4f", right, n, top1)
	}
}

func readLogits(t *testing.T, path string) []float32 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer closing(t, f)
	var logits []float32
	if err := npyio.Read(f, &logits); err != nil {
		t.Fatal(err)
	}
	return logits
}
