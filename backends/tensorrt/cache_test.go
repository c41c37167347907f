//go:build unix

package tensorrt

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// engineFolder is where the only engine of the cache lies.
func engineFolder(t *testing.T, b *TensorRT) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(b.Cache, "*", sidecarFile))
	if err != nil || len(found) != 1 {
		t.Fatalf("engines in the cache: %v, %v", found, err)
	}
	return filepath.Dir(found[0])
}

func TestEngineIsBuiltOnce(t *testing.T) {
	withGPU(t)
	b := trtexec(t, "10.9.0")
	m := double(t, "x", "y", 3)
	open(t, b, m)
	folder := engineFolder(t, b)
	// From here on every build fails, so that what opens was not built again.
	t.Setenv(fakeVariable, "10.9.0 no_engine")
	s := open(t, b, m)
	if _, err := s.Run(t.Context(), tensor.Map{"x": numbers(3)}); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, planFile)); err != nil {
		t.Errorf("closing the session removed an engine that is kept: %v", err)
	}
}

func TestEngineThatIsNotAsWrittenIsNotLoaded(t *testing.T) {
	withGPU(t)
	damage := map[string]func(folder string) error{
		"plan_changed":      func(f string) error { return os.WriteFile(filepath.Join(f, planFile), []byte("{}"), 0o600) },
		"plan_gone":         func(f string) error { return os.Remove(filepath.Join(f, planFile)) },
		"layers_changed":    func(f string) error { return os.WriteFile(filepath.Join(f, layersFile), []byte("{}"), 0o600) },
		"sidecar_gone":      func(f string) error { return os.Remove(filepath.Join(f, sidecarFile)) },
		"sidecar_truncated": func(f string) error { return os.Truncate(filepath.Join(f, sidecarFile), 20) },
		"sidecar_of_another_key": func(f string) error {
			path := filepath.Join(f, sidecarFile)
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(text), "580.1", "570.1", 1)), 0o600)
		},
	}
	for fact, harm := range damage {
		t.Run(fact, func(t *testing.T) {
			b := trtexec(t, "10.9.0")
			m := double(t, "x", "y", 3)
			open(t, b, m)
			folder := engineFolder(t, b)
			if err := harm(folder); err != nil {
				t.Fatal(err)
			}
			t.Setenv(fakeVariable, "10.9.0 no_engine")
			if _, err := b.Open(t.Context(), m); err == nil {
				t.Error("it was loaded")
			}
			t.Setenv(fakeVariable, "10.9.0")
			open(t, b, m)
			if engineFolder(t, b) != folder {
				t.Error("the new engine lies elsewhere")
			}
		})
	}
}

func TestEngineThatTensorRTRefusesIsBuiltAnew(t *testing.T) {
	withGPU(t)
	b := trtexec(t, "10.9.0")
	m := double(t, "x", "y", 3)
	s := open(t, b, m)
	// The bytes are as written, so the digest holds; yet TensorRT does not take them.
	if err := os.WriteFile(s.last.plan(), []byte("not an engine"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := s.Run(t.Context(), tensor.Map{"x": numbers(3)})
	if err != nil || out["y"].Float64s()[1] != 2 {
		t.Errorf("outputs %v, %v", out, err)
	}
}

func TestKeyHoldsEverything(t *testing.T) {
	base := key{"m", "t", "x", "g", "v", "o", []string{"--a"}}
	changed := map[string]func(*key){
		"model":    func(k *key) { k.Model = "n" },
		"tensorrt": func(k *key) { k.TensorRT = "u" },
		"trtexec":  func(k *key) { k.Trtexec = "y" },
		"gpus":     func(k *key) { k.GPUs = "h" },
		"visible":  func(k *key) { k.Visible = "w" },
		"tf32":     func(k *key) { k.TF32 = "1" },
		"flags":    func(k *key) { k.Flags = []string{"--b"} },
	}
	for fact, change := range changed {
		k := base
		change(&k)
		if k.digest() == base.digest() {
			t.Errorf("%s does not count", fact)
		}
	}
}

func TestOptionsGiveOtherEngines(t *testing.T) {
	withGPU(t)
	b := trtexec(t, "10.9.0")
	m := double(t, "x", "y", 3)
	for n, change := range []func(){
		func() {},
		func() { b.Precision = "fp16" },
		func() { b.Precision = "tf32" },
		func() { b.BuilderLevel = 5 },
		func() { b.Workspace = 1 },
		func() { t.Setenv("NVIDIA_TF32_OVERRIDE", "0") },
		func() { t.Setenv("CUDA_VISIBLE_DEVICES", "1") },
		func() { m = double(t, "x", "y", 4) },
	} {
		change()
		open(t, b, m)
		if found, _ := filepath.Glob(filepath.Join(b.Cache, "*", sidecarFile)); len(found) != n+1 {
			t.Errorf("change %d: %d engines", n, len(found))
		}
	}
}

func TestRebuildKeepsNothing(t *testing.T) {
	withGPU(t)
	b := trtexec(t, "10.9.0")
	b.Rebuild = true
	s := open(t, b, double(t, "x", "y", 3))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(b.Cache)
	if err != nil || len(left) != 0 {
		t.Errorf("the cache holds %v, %v", left, err)
	}
}

func TestWithoutKnownGPUNothingIsKept(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	b := trtexec(t, "10.9.0")
	s := open(t, b, double(t, "x", "y", 3))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(b.Cache, "*", planFile)); len(left) != 0 {
		t.Errorf("the cache holds %v", left)
	}
}

func TestFolderThatOthersWriteToIsRefused(t *testing.T) {
	b := trtexec(t, "10.9.0")
	if err := os.Chmod(b.Cache, 0o777); err != nil {
		t.Skip(err)
	}
	_, err := b.Open(t.Context(), double(t, "x", "y", 3))
	checkError(t, "open", err, "others may write into the folder for engines")
}

func TestExternalDataCounts(t *testing.T) {
	dir := t.TempDir()
	field := func(number int, content ...byte) []byte {
		return append([]byte{byte(number<<3 | 2), byte(len(content))}, content...)
	}
	entry := func(k, v string) []byte {
		return field(13, slices.Concat(field(1, []byte(k)...), field(2, []byte(v)...))...)
	}
	weights := slices.Concat(entry("length", "4"), entry("location", "w.bin"))
	model := func(inner []byte) []byte { return field(7, inner...) }
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// In an initializer, in an attribute of a node, and in a graph within an attribute.
	for fact, inner := range map[string][]byte{
		"initializer": field(5, weights...),
		"attribute":   field(1, field(5, field(5, weights...)...)...),
		"subgraph":    field(1, field(5, field(6, field(5, weights...)...)...)...),
	} {
		write("m.onnx", model(inner))
		write("w.bin", []byte{1, 2, 3, 4})
		before, err := digestModel(filepath.Join(dir, "m.onnx"))
		if err != nil {
			t.Fatal(fact, err)
		}
		write("w.bin", []byte{1, 2, 3, 5})
		if after, err := digestModel(filepath.Join(dir, "m.onnx")); err != nil || after == before {
			t.Errorf("%s: changed weights do not count: %v", fact, err)
		}
	}
	write("m.onnx", model(field(5, entry("location", "../w.bin")...)))
	_, err := digestModel(filepath.Join(dir, "m.onnx"))
	checkError(t, "digest", err, "leads out of its folder")
	for _, bad := range [][]byte{[]byte("no model"), {0x3a, 0xff}, {0x3a, 0x80}, {0xff}} {
		write("m.onnx", bad)
		if _, err := digestModel(filepath.Join(dir, "m.onnx")); err == nil {
			t.Errorf("%x is a model", bad)
		}
	}
}
