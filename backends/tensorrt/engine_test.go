//go:build unix

package tensorrt

import (
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
			if plan, err := s.Plan(t.Context()); err != nil || plan.Note != timingsNew.note() {
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
