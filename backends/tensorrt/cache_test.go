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
)

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

// TestSidecarSaysAllInClear reads what is kept next to an engine.
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

func TestFolderThatOthersWriteToIsRefused(t *testing.T) {
	b := trtexec(t, "10.9.0")
	if err := os.Chmod(b.Cache, 0o777); err != nil {
		t.Skip(err)
	}
	_, err := b.Open(t.Context(), double(t, "x", "y", 3), backends.Tuning{})
	checkError(t, "open", err, "others may write into the folder for engines")
}
