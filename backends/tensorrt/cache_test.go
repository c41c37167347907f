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
		"plan_changed":           func(f string) error { return os.WriteFile(filepath.Join(f, planFile), []byte("{}"), 0o600) },
		"plan_gone":              func(f string) error { return os.Remove(filepath.Join(f, planFile)) },
		"layers_changed":         func(f string) error { return os.WriteFile(filepath.Join(f, layersFile), []byte("{}"), 0o600) },
		"sidecar_gone":           func(f string) error { return os.Remove(filepath.Join(f, sidecarFile)) },
		"sidecar_truncated":      func(f string) error { return os.Truncate(filepath.Join(f, sidecarFile), 20) },
		"anybody_writes_sidecar": func(f string) error { return os.Chmod(filepath.Join(f, sidecarFile), 0o666) },
		"anybody_writes_folder":  func(f string) error { return os.Chmod(f, 0o777) },
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

// A built engine or timings that anybody may have changed are not used: the engine is built again.
func TestReliability8CacheThatOthersChange(t *testing.T) {
	withGPU(t)
	type exposure struct {
		what string // under the cache
		mode os.FileMode
		want string
	}
	exposed := map[string]exposure{
		"folder":           {".", 0o777, "can be written by others"},
		"folder_of_group":  {".", 0o770, "can be written by others"},
		"timings":          {"timing-*.cache", 0o666, "can be written by anybody"},
		"timings_of_group": {"timing-*.cache", 0o664, ""},
	}
	if os.Geteuid() == 0 { // others cannot give a folder away
		exposed["folder_of_another_user"] = exposure{".", 0o700, "belongs to another user"}
	}
	for fact, test := range exposed {
		t.Run(fact, func(t *testing.T) {
			b, m := trtexec(t, "10.9.0"), double(t, "x", "y", 3)
			open(t, b, m)
			paths, err := filepath.Glob(filepath.Join(b.Cache, test.what))
			if err != nil || len(paths) != 1 {
				t.Fatal(paths, err)
			}
			if err := os.Chmod(paths[0], test.mode); err != nil {
				t.Fatal(err)
			}
			if fact == "folder_of_another_user" {
				if err := os.Chown(paths[0], 65_533, -1); err != nil {
					t.Fatal(err)
				}
			}
			s, err := b.Open(t.Context(), m, backends.Tuning{})
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
				return
			}
			checkError(t, "open", err, test.want)
			if skip, ok := backends.SkipOf("tensorrt", "", err); !ok || !skip.Unsafe || !strings.HasPrefix(skip.Remedy, "run: ch") {
				t.Errorf("it is %+v, %t", skip, ok)
			}
		})
	}
}
