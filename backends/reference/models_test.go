package reference

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/sbinet/npyio"
	"github.com/sbinet/npyio/npz"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// sharedModels is the folder of trained networks next to the repository; the test is skipped without.
func sharedModels(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		models := filepath.Join(dir, "shared", "models")
		if _, err := os.Stat(models); err == nil {
			return models
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Skip("the trained networks (shared/models) are not here")
		}
		dir = parent
	}
}

// evaluation is the first n held-out images.
func evaluation(t testing.TB, dir string, n int) *tensor.Tensor {
	t.Helper()
	f, err := npz.Open(filepath.Join(dir, "digits-eval.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var pixels []float32
	if err := f.Read("images.npy", &pixels); err != nil {
		t.Fatal(err)
	}
	return tensor.Of([]int64{int64(n), 3, 32, 32}, pixels[:n*3*32*32]...)
}

func logits(t *testing.T, path string) []float32 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var list []float32
	if err := npyio.Read(f, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestTrainedModels compares with the logits that the framework itself computed, in float32. All 360
// images of all networks take minutes; ACDEPLOY_REFERENCE_IMAGES asks for them.
func TestTrainedModels(t *testing.T) {
	dir := sharedModels(t)
	n := 3
	if os.Getenv("ACDEPLOY_REFERENCE_IMAGES") == "all" {
		n = 360
	}
	images := evaluation(t, dir, n)
	paths, err := filepath.Glob(filepath.Join(dir, "*", "*.onnx"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d models, %v", len(paths), err)
	}
	for _, path := range paths {
		folder, file := filepath.Dir(path), filepath.Base(path)
		t.Run(filepath.Base(folder)+"/"+file, func(t *testing.T) {
			answers := "acnet-logits.npy"
			if file == "baseline.onnx" {
				answers = "baseline-logits.npy"
			}
			got := firstOutput(t, path, images)
			want := logits(t, filepath.Join(folder, answers))
			if len(got) != 10*n || len(want) < len(got) {
				t.Fatalf("%d logits of %d", len(got), len(want))
			}
			worst, scale := 0.0, 0.0
			for k, v := range got {
				worst = max(worst, math.Abs(v-float64(want[k])))
				scale = max(scale, math.Abs(float64(want[k])))
			}
			if !(worst <= 5e-6*scale) {
				t.Errorf("differs by %.2e of the output scale", worst/scale)
			}
		})
	}
}

func firstOutput(t testing.TB, path string, in *tensor.Tensor) []float64 {
	t.Helper()
	s, err := New().Open(context.Background(), backends.Model{Name: path, Path: path}, backends.Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	g := s.(*Session).model.Graph
	out, err := s.Run(context.Background(), tensor.Map{g.Inputs()[0].Name(): in})
	if err != nil {
		t.Fatal(err)
	}
	return out[g.Outputs()[0].Name()].Float64s()
}
