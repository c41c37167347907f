package host

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fakeRoot writes files under a folder that stands for the root of the file system.
func fakeRoot(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func of(n int64) *int64 { return &n }

func TestEngineEnv(t *testing.T) {
	got := engineEnv([]string{"OMP_NUM_THREADS=2", "HOME=/root", "NVIDIA_TF32_OVERRIDE=0", "SECRET=x", "CUDA_VISIBLE_DEVICES="})
	want := map[string]string{"OMP_NUM_THREADS": "2", "NVIDIA_TF32_OVERRIDE": "0", "CUDA_VISIBLE_DEVICES": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever the machine, every text of the facts says something.
func TestRead(t *testing.T) {
	f := Read(context.Background())
	if f.CPU.LogicalCores != runtime.NumCPU() || f.Process.GoVersion != runtime.Version() {
		t.Errorf("cores %d, go %s", f.CPU.LogicalCores, f.Process.GoVersion)
	}
	if len(f.GPUs) == 0 && f.GPUNote == "" {
		t.Error("no GPU and no reason")
	}
	checkTexts(t, "facts", reflect.ValueOf(f))
	if _, err := json.Marshal(f); err != nil {
		t.Error(err)
	}
}

func checkTexts(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			checkTexts(t, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.String:
		mayBeEmpty := path == "facts.GPUNote" || path == "facts.Identity" || path == "facts.Limits.Isolated"
		if v.String() == "" && !mayBeEmpty {
			t.Errorf("%s is empty", path)
		}
	}
}
