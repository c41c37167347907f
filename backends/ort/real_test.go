package ort

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/sbinet/npyio"
	"github.com/sbinet/npyio/npz"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
)

// trained locates the trained networks, or skips the test.
func trained(t *testing.T) string {
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
			t.Skip("no folder above this one has shared/models")
		}
		dir = parent
	}
}

// resnet20 is the trained network with its branches and what its file declares.
func resnet20(models string) backends.Model {
	batch := tensor.Dim{Size: -1, Param: "batch"}
	return backends.Model{
		Name: "resnet20",
		Path: filepath.Join(models, "resnet20", "acnet.onnx"),
		Inputs: []tensor.Spec{{
			Name: "input", Type: tensor.Float32, Ranked: true,
			Shape: []tensor.Dim{batch, tensor.Fixed(3), tensor.Fixed(32), tensor.Fixed(32)},
		}},
		Outputs: []tensor.Spec{{
			Name: "logits", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{batch, tensor.Fixed(10)},
		}},
	}
}

// images are the held-out images, and logits what PyTorch made of them.
func images(t *testing.T, models string) (in tensor.Map, logits []float32) {
	t.Helper()
	var pixels []float32
	archive, err := npz.Open(filepath.Join(models, "digits-eval.npz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	if err := archive.Read("images.npy", &pixels); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(models, "resnet20", "acnet-logits.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := npyio.Read(f, &logits); err != nil {
		t.Fatal(err)
	}
	n := int64(len(logits) / 10)
	return tensor.Map{"input": tensor.Of([]int64{n, 3, 32, 32}, pixels...)}, logits
}

func TestResNet20GivesTheLogitsOfPyTorch(t *testing.T) {
	o := engine(t)
	o.Optimization = "disabled"
	models := trained(t)
	in, wanted := images(t, models)
	got := run(t, open(t, o, resnet20(models)), in)["logits"].Float64s()
	if len(got) != len(wanted) {
		t.Fatalf("%d logits, want %d", len(got), len(wanted))
	}
	scale, worst := 0.0, 0.0
	for i, w := range wanted {
		scale = max(scale, math.Abs(float64(w)))
		worst = max(worst, math.Abs(got[i]-float64(w)))
	}
	t.Logf("largest difference %.2g of %.4g", worst, scale)
	if !(worst <= 5e-6*scale) {
		t.Errorf("largest difference %g, allowed is %g", worst, 5e-6*scale)
	}
}

func TestBoundRunGivesTheAnswersOfRun(t *testing.T) {
	models := trained(t)
	o := engine(t)
	o.Threads = 2
	o.Session = map[string]string{"session.force_spinning_stop": "1"}
	s := open(t, o, resnet20(models))
	in, _ := images(t, models)
	few := tensor.Of([]int64{3, 3, 32, 32}, func() []float32 {
		part := make([]float32, 3*3*32*32)
		for i, v := range in["input"].Float64s()[:len(part)] {
			part[i] = float32(v)
		}
		return part
	}()...)
	out := run(t, s, tensor.Map{"input": few})
	b := bindTo(t, s, tensor.Map{"input": few})
	if err := b.Run(); err != nil {
		t.Fatal(err)
	}
	again, err := b.Outputs()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "logits", again["logits"], out["logits"])
}

func TestPlanShowsWhatOptimisationDid(t *testing.T) {
	models := trained(t)
	ops := func(optimization string) map[string]int {
		o := engine(t)
		o.Optimization = optimization
		plan, err := open(t, o, resnet20(models)).Plan()
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, step := range plan.Steps {
			count[step.Op]++
			if step.Provider != "CPUExecutionProvider" {
				t.Errorf("%s runs on %q", step.Name, step.Provider)
			}
		}
		return count
	}
	plain, optimised := ops("disabled"), ops("all")
	if plain["BatchNormalization"] == 0 || plain["Conv"] == 0 {
		t.Errorf("without optimisation the batch norms are gone: %v", plain)
	}
	if optimised["BatchNormalization"] != 0 {
		t.Errorf("with optimisation there are batch norms: %v", optimised)
	}
}
