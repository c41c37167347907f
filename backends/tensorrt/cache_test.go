//go:build unix

package tensorrt

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
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

func TestWarningsOfTheBuildAreKept(t *testing.T) {
	withGPU(t)
	b := trtexec(t, "10.9.0")
	m := double(t, "x", "y", 3)
	open(t, b, m)
	times, err := open(t, b, m).Time(t.Context(), tensor.Map{"x": numbers(3)}, backends.Timing{Runs: 3})
	if err != nil || !slices.ContainsFunc(times.Warnings, func(w string) bool { return strings.Contains(w, "INT64 weights") }) {
		t.Errorf("an engine of the cache comes without the warnings of its build: %q, %v", times.Warnings, err)
	}
}

// TestKernelsAreChosenByKeptTimings builds the same layers under other names, and other layers.
func TestKernelsAreChosenByKeptTimings(t *testing.T) {
	for _, version := range versions() {
		t.Run(version, func(t *testing.T) {
			withGPU(t)
			b := trtexec(t, version)
			chosen := func(m backends.Model) timings { return open(t, b, m).last.timings }
			first, again, other := double(t, "x", "y", 3), double(t, "a", "b", 3), double(t, "x", "y", -1)
			if got := chosen(first); got != timingsNew {
				t.Errorf("the first engine has timings %q", got)
			}
			if got := chosen(again); got != timingsKept {
				t.Errorf("the same layers have timings %q", got)
			}
			if got := chosen(again); got != timingsKept {
				t.Errorf("an engine of the cache has timings %q", got)
			}
			s := open(t, b, other)
			if _, err := s.Run(t.Context(), tensor.Map{"x": numbers(2)}); err != nil || s.last.timings != timingsNew {
				t.Errorf("other layers have timings %q, %v", s.last.timings, err)
			}
			if plan, err := s.Plan(); err != nil || plan.Note != timingsNew.note() {
				t.Errorf("note is %q, %v", plan.Note, err)
			}
			left, _ := filepath.Glob(filepath.Join(b.Cache, ".partial*"))
			if len(left) > 0 {
				t.Errorf("it left %v", left)
			}
		})
	}
	b := trtexec(t, "10.9.0")
	b.Rebuild = true
	open(t, b, double(t, "x", "y", 3))
	if got := open(t, b, double(t, "x", "y", 3)).last.timings; got != timingsNew {
		t.Errorf("with rebuild the timings are %q", got)
	}
}

// TestOneGPUsTimingsAreNoneOfAnother asks for another file where anything differs by which kernels are timed.
func TestOneGPUsTimingsAreNoneOfAnother(t *testing.T) {
	v := version{10, 9, 0, "b34"}
	seen := map[string]bool{}
	for _, name := range []string{
		timingCacheName(v, identity{"A", "0 "}, 0), timingCacheName(v, identity{"B", "0 "}, 0), timingCacheName(v, identity{"A", "1 "}, 0),
		timingCacheName(v, identity{"A", "0 "}, 1), timingCacheName(version{10, 15, 1, ""}, identity{"A", "0 "}, 0),
	} {
		if seen[name] || filepath.Base(name) != name {
			t.Errorf("%s", name)
		}
		seen[name] = true
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
			if _, err := b.Open(t.Context(), m, backends.Tuning{}); err == nil {
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

// TestSidecarSaysAllInClear reads what is kept beside an engine.
func TestSidecarSaysAllInClear(t *testing.T) {
	withGPU(t)
	t.Setenv("CUDA_VISIBLE_DEVICES", "0")
	t.Setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
	t.Setenv("NVIDIA_TF32_OVERRIDE", "0")
	b := trtexec(t, "10.9.0")
	open(t, b, double(t, "x", "y", 3))
	text, err := os.ReadFile(filepath.Join(engineFolder(t, b), sidecarFile))
	if err != nil {
		t.Fatal(err)
	}
	var s sidecar
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	k := s.Key
	for fact, ok := range map[string]bool{
		"model": len(k.Model) == 64, "tensorrt": k.TensorRT == "10.9.0b29", "trtexec": len(k.Trtexec) == 64, "gpus": strings.Contains(k.GPUs, "GPU-0"),
		"visible": k.Visible == "0 PCI_BUS_ID", "tf32": k.TF32 == "0", "flags": slices.Contains(k.Flags, "--noTF32"), "plan": len(s.Plan) == 64,
		"layers": len(s.Layers) == 64, "command_line": strings.Contains(s.CommandLine, "--onnx="), "timings": s.Timings == timingsNew,
		"timing_cache": s.TimingBefore == "" && len(s.TimingAfter) == 64, "warnings": len(s.Warnings) > 0,
	} {
		if !ok {
			t.Errorf("%s is wrong in %s", fact, text)
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
	_, err := b.Open(t.Context(), double(t, "x", "y", 3), backends.Tuning{})
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
