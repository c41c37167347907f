package acdeploy_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sbinet/npyio"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/dataset"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// record is what was noted when a network was trained.
type record struct {
	Top1 float64 `json:"top1"` // of the held-out images
}

// models is the folder of the trained networks, next to the repository or above it.
func models(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		folder := filepath.Join(dir, "shared", "models")
		if _, err := os.Stat(folder); err == nil {
			return folder
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Skip("the trained networks are not here: no shared/models beside the repository")
		}
		dir = parent
	}
}

// fuse runs the default pipeline over a file.
func fuse(t *testing.T, from, to string) (*acdeploy.Saved, *model.File) {
	t.Helper()
	source, err := model.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := acdeploy.DefaultSteps(toolbox().Passes, nil)
	if err != nil {
		t.Fatal(err)
	}
	fused, err := acdeploy.Fuse(t.Context(), source, steps, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	saved, err := fused.Save(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	return saved, source
}

// pairOf opens two files of which nobody knows how one came of the other.
func pairOf(t *testing.T, a, b string) *acdeploy.Pair {
	t.Helper()
	pair, err := acdeploy.OpenPair(t.Context(), a, b, nil, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := pair.Close(); err != nil {
			t.Error(err)
		}
	})
	return pair
}

// TestTrainedNetworks fuses every trained network: it has the operators of its own baseline after
// folding, its answers are proven, and they are those that PyTorch recorded.
func TestTrainedNetworks(t *testing.T) {
	root := models(t)
	var accuracy map[string]map[string]record
	text, err := os.ReadFile(filepath.Join(root, "accuracy.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &accuracy); err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob(filepath.Join(root, "*", "acnet.onnx"))
	if err != nil || len(folders) != 7 {
		t.Fatalf("%d networks, want 7 (%v)", len(folders), err)
	}
	for _, acnet := range folders {
		folder := filepath.Dir(acnet)
		t.Run(filepath.Base(folder), func(t *testing.T) {
			out := t.TempDir()
			plain, source := fuse(t, filepath.Join(folder, "baseline.onnx"), filepath.Join(out, "baseline.onnx"))
			defer func() { _ = source.Close() }()
			for _, form := range []string{"acnet", "baseline", "acnet-folded-export"} {
				if testing.Short() && form != "acnet" {
					break
				}
				t.Run(form, func(t *testing.T) {
					testTrained(t, folder, form, plain.Document().After.Ops, accuracy[filepath.Base(folder)])
				})
			}
		})
	}
}

func testTrained(t *testing.T, folder, form string, ops map[string]int, accuracy map[string]record) {
	t.Helper()
	saved, source := fuse(t, filepath.Join(folder, form+".onnx"), filepath.Join(t.TempDir(), "fused.onnx"))
	defer func() { _ = source.Close() }()
	doc := saved.Document()
	if diff := cmp.Diff(ops, doc.After.Ops); diff != "" {
		t.Errorf("operators of the folded baseline and of the fused network (-want +got):\n%s", diff)
	}
	again, file := fuse(t, doc.Output.Path, filepath.Join(t.TempDir(), "again.onnx"))
	if got, want := again.Document().Output.SHA256, doc.Output.SHA256; got != want {
		t.Errorf("a second fuse made sha256 %s of %s", got, want)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	plan := acdeploy.VerifySettings{Options: verify.Defaults()}
	if err := ort.New().Check(t.Context()); err == nil {
		plan.Backends = chosen(t, toolbox(), "ort")
	} else if !errors.Is(err, backends.ErrUnavailable) {
		t.Fatal(err)
	}
	found, err := toolbox().Verify(t.Context(), saved.Pair(), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	if found.Proof != verify.Algebra || !found.Equal {
		t.Errorf("answers: %v", found.Judge())
	}
	if len(plan.Backends) == 0 {
		t.Skip("no engine: PyTorch's logits and top-1 are not compared")
	}
	testLogits(t, folder, form, doc, accuracy)
}

// testLogits runs the fused file with the engine's own optimisation off and compares with what PyTorch
// recorded of the network as trained.
func testLogits(t *testing.T, folder, form string, doc *reports.Fuse, accuracy map[string]record) {
	t.Helper()
	file, err := model.Open(doc.Output.Path)
	if err != nil {
		t.Fatal(err)
	}
	declared := acdeploy.Declared(file)
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	o := verify.Defaults().Data
	o.Path = filepath.Join(filepath.Dir(folder), "digits-eval.npz")
	data, err := dataset.Open(o, declared.Inputs, declared.Outputs)
	if err != nil {
		t.Fatal(err)
	}
	engine := ort.New()
	engine.Optimization, engine.Threads = "disabled", runtime.NumCPU()
	session, err := engine.Open(t.Context(), declared, backends.Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = session.Close() }()
	var got []float64
	found, images := 0, 0
	for batch, err := range data.Batches() {
		if err != nil {
			t.Fatal(err)
		}
		out, err := session.Run(t.Context(), batch.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		answers := out[declared.Outputs[0].Name].Float64s()
		got = append(got, answers...)
		for i, label := range batch.Labels {
			row := answers[i*len(answers)/batch.Rows : (i+1)*len(answers)/batch.Rows]
			if slices.Index(row, slices.Max(row)) == int(label) {
				found++
			}
		}
		images += batch.Rows
	}
	want := logits(t, filepath.Join(folder, trainedAs(form)+"-logits.npy"))
	if len(got) != len(want) {
		t.Fatalf("%d logits, PyTorch recorded %d", len(got), len(want))
	}
	scale, worst := 0.0, 0.0
	for i, w := range want {
		scale, worst = math.Max(scale, math.Abs(w)), math.Max(worst, math.Abs(got[i]-w))
	}
	if !(worst <= 5e-6*scale) {
		t.Errorf("logits differ by %.2g of their scale from PyTorch's", worst/scale)
	}
	top1 := float64(found) / float64(images)
	if noted := accuracy[trainedAs(form)].Top1; math.Abs(top1-noted) > 1e-6 {
		t.Errorf("top-1 is %.6f, noted at training was %.6f", top1, noted)
	}
}

func logits(t *testing.T, path string) []float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var values []float32
	if err := npyio.Read(f, &values); err != nil {
		t.Fatal(err)
	}
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

// trainedAs is the training run that an exported form comes from.
func trainedAs(form string) string {
	if form == "baseline" {
		return form
	}
	return "acnet"
}
