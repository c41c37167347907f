package ort

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sbinet/npyio"
	"github.com/sbinet/npyio/npz"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/backendtest"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/tensor"
)

// engine returns the backend with its defaults, or skips the test where there is no library.
func engine(t *testing.T) *ORT {
	t.Helper()
	o := New()
	if err := o.Check(t.Context()); errors.Is(err, backends.ErrUnavailable) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	return o
}

// fixture is a model of testdata whose interface the library says.
func fixture(name string) backends.Model {
	return backends.Model{Name: name, Path: filepath.Join("testdata", name+".onnx")}
}

// open opens a model for the time of the test.
func open(t *testing.T, o *ORT, model backends.Model) *session {
	t.Helper()
	s, err := o.Open(t.Context(), model, backends.Tuning{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s.(*session)
}

func run(t *testing.T, s backends.Session, in tensor.Map) tensor.Map {
	t.Helper()
	out, err := s.Run(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// want compares a tensor with the expected one, type and shape included.
func want(t *testing.T, name string, got, want *tensor.Tensor) {
	t.Helper()
	if got == nil {
		t.Fatalf("%s is absent", name)
	}
	type flat struct {
		Type    tensor.Type
		Shape   string
		Bytes   string
		Strings []string
	}
	show := func(x *tensor.Tensor) flat {
		raw, err := x.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return flat{x.Type(), tensor.FormatShape(x.Shape()), string(raw), x.Strings()}
	}
	if diff := cmp.Diff(show(want), show(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestEntry(t *testing.T) {
	c := catalog.Catalog[backends.Backend]{Entry()}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	made, err := c.Make("ort", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := made.(*ORT).Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

func TestValidateRefuses(t *testing.T) {
	tests := map[string]struct {
		change func(*ORT)
		want   string
	}{
		"unknown_provider":  {func(o *ORT) { o.Provider = "cpus" }, `provider "cpus" is not known, did you mean "cpu"?; known are cpu, cuda, tensorrt`},
		"no_threads":        {func(o *ORT) { o.Threads = -2 }, "threads is -2"},
		"negative_inter_op": {func(o *ORT) { o.InterOpThreads = -1 }, "inter_op_threads is -1"},
		"unknown_level":     {func(o *ORT) { o.Optimization = "al" }, `optimization "al" is not known, did you mean "all"?`},
		"misspelt_setting": {
			func(o *ORT) { o.Session = map[string]string{"session.force_spining_stop": "1"} },
			`"session.force_spining_stop" is not known, did you mean "session.force_spinning_stop"?`,
		},
		"switch_in_words": {
			func(o *ORT) { o.Session = map[string]string{"session.set_denormal_as_zero": "true"} },
			`session setting session.set_denormal_as_zero: value "true" is not of the form`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := New()
			test.change(o)
			err := o.Check(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q in it", err, test.want)
			}
			if errors.Is(err, backends.ErrUnavailable) {
				t.Error("a wrong option must not count as an engine that is not there")
			}
		})
	}
}

func TestCheckNamesTheRemedy(t *testing.T) {
	o := New()
	o.Library = filepath.Join(t.TempDir(), "absent.so")
	t.Setenv("ACDEPLOY_ORT_LIB", "")
	err := o.Check(t.Context())
	missing, ok := errors.AsType[*backends.Unavailable](err)
	if !ok {
		t.Fatalf("error is %v, want an Unavailable", err)
	}
	if strings.HasPrefix(missing.Reason, "onnxruntime cannot be loaded: acdeploy was built without cgo") {
		t.Skip(err)
	}
	if !strings.Contains(missing.Reason, o.Library+" does not exist") || !strings.Contains(missing.Remedy, "runtime.library") {
		t.Errorf("reason %q, remedy %q", missing.Reason, missing.Remedy)
	}
}

func TestCheckBlamesTheNamedLibrary(t *testing.T) {
	named, err := os.Executable() // a file of the right kind that is not onnxruntime
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("ACDEPLOY_ORT_LIB", named)
	err = New().Check(t.Context())
	missing, ok := errors.AsType[*backends.Unavailable](err)
	if !ok {
		t.Fatalf("error is %v, want an Unavailable", err)
	}
	if strings.Contains(missing.Reason, "built without cgo") {
		t.Skip(err)
	}
	if want := "correct ACDEPLOY_ORT_LIB, or unset it"; missing.Remedy != want {
		t.Errorf("remedy is %q, want %q", missing.Remedy, want)
	}
}

// TestNothingIsWrittenIntoTheHome loads the library in a process of its own with an empty home and
// without the variables by which the library knows a build server, where it writes nothing anyway.
func TestNothingIsWrittenIntoTheHome(t *testing.T) {
	const child = "ACDEPLOY_TEST_HOME"
	if os.Getenv(child) != "" {
		open(t, engine(t), fixture("two_by_two"))
		return
	}
	engine(t)
	found, err := New().find()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	cmd := exec.Command(program, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = []string{child + "=1", "HOME=" + home, "TMPDIR=" + t.TempDir(), "ACDEPLOY_ORT_LIB=" + found.Path}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("the process that loads the library: %v\n%s", err, out)
	}
	err = filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			t.Errorf("it wrote %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSecondLibraryIsRefused(t *testing.T) {
	engine(t)
	found, err := New().find()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(found.Path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "other.so")
	if err := os.WriteFile(copied, data, 0o644); err != nil {
		t.Fatal(err)
	}
	other, err := New().Tuned(backends.Tuning{Library: copied})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "one process can use one library") {
		t.Errorf("error is %v", err)
	}
}

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

// TestSuite runs the suite of all backends on every provider. Those that are not there are skipped with
// the reason.
func TestSuite(t *testing.T) {
	tests := map[string]backendtest.Claims{
		"cpu": {Types: []tensor.Type{
			tensor.Float32, tensor.Float64, tensor.Float16, tensor.BFloat16, tensor.Bool, tensor.String,
			tensor.Int8, tensor.Int16, tensor.Int32, tensor.Int64,
			tensor.Uint8, tensor.Uint16, tensor.Uint32, tensor.Uint64,
		}},
		"cuda":     {Types: []tensor.Type{tensor.Float32, tensor.Float64, tensor.Float16, tensor.Int32, tensor.Int64, tensor.Bool}},
		"tensorrt": {Types: []tensor.Type{tensor.Float32, tensor.Float16, tensor.Int32, tensor.Int64, tensor.Bool}},
	}
	for provider, claims := range tests {
		t.Run(provider, func(t *testing.T) {
			o := New()
			o.Provider = provider
			backendtest.Run(t, o, claims)
		})
	}
}
