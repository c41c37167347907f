package tensorrt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// key is everything that an engine depends on, in clear. Engines of equal keys are interchangeable.
type key struct {
	Model    string   `json:"model_sha256"` // of the file and its external data
	TensorRT string   `json:"tensorrt"`     // version and build
	Trtexec  string   `json:"trtexec"`      // SHA-256 of the program
	GPUs     string   `json:"gpus"`         // names, UUIDs, compute capabilities and drivers
	Visible  string   `json:"visible"`      // CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER
	TF32     string   `json:"tf32"`         // NVIDIA_TF32_OVERRIDE
	Flags    []string `json:"flags"`        // of the build: precision, shapes, workspace, level, device, timing cache
}

// digest is the name under which engines of the key are kept.
func (k key) digest() string {
	text, err := json.Marshal(k)
	if err != nil {
		panic("tensorrt: a key of strings: " + err.Error())
	}
	return osfile.SHA256Bytes(text)
}

// sidecar is next to an engine and says what it is.
type sidecar struct {
	Key          key    `json:"key"`
	Plan         string `json:"plan"`   // SHA-256 of the engine
	Layers       string `json:"layers"` // SHA-256 of the description of its layers
	CommandLine  string `json:"command_line"`
	TimingBefore string `json:"timing_cache_before"` // SHA-256 of the timing cache, "" for none
	TimingAfter  string `json:"timing_cache_after"`

	Timings  timings  `json:"timings"`
	Warnings []string `json:"warnings,omitempty"` // of the build
}

const sidecarFile = "engine.json"

// load returns the folder of an engine that acdeploy has built for the key and what is known of it, if there is
// one whose bytes are those that were written. Anything else is as good as nothing.
func (k key) load(cache string) (folder string, s sidecar, ok bool) {
	folder = filepath.Join(cache, k.digest())
	text, err := os.ReadFile(filepath.Join(folder, sidecarFile))
	if err != nil {
		return "", s, false
	}
	if json.Unmarshal(text, &s) != nil || s.Key.digest() != k.digest() || s.Plan == "" {
		return "", s, false
	}
	if osfile.CheckExposed(folder, filepath.Join(folder, sidecarFile)) != nil {
		return "", s, false
	}
	for file, want := range map[string]string{planFile: s.Plan, layersFile: s.Layers} {
		if got, err := osfile.SHA256(filepath.Join(folder, file)); err != nil || got != want {
			return "", s, false
		}
	}
	return folder, s, true
}

// store puts a built engine into the cache, whole or not at all, and returns its folder there. What was
// there under the key is not as it should be, or load would have found it.
func (s sidecar) store(cache, built string) (string, error) {
	var err error
	if s.Plan, err = osfile.SHA256(filepath.Join(built, planFile)); err != nil {
		return "", err
	}
	if s.Layers, err = osfile.SHA256(filepath.Join(built, layersFile)); err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(built, sidecarFile), text, 0o600); err != nil {
		return "", err
	}
	folder := filepath.Join(cache, s.Key.digest())
	if err := os.Rename(built, folder); err == nil {
		return folder, nil
	}
	// Another process has built the same meanwhile, or something else is in the way.
	if there, _, ok := s.Key.load(cache); ok {
		return there, os.RemoveAll(built)
	}
	if err := os.RemoveAll(folder); err != nil {
		return "", err
	}
	return folder, os.Rename(built, folder)
}

// folder is the cache, made if it is not there. Nobody else may write into it, since its engines hold code.
func (t *TensorRT) folder() (string, error) {
	folder := t.Cache
	if folder == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find a folder for engines (set the option cache): %w", err)
		}
		folder = filepath.Join(user, "acdeploy", "tensorrt")
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("make the folder for engines: %w", err)
	}
	info, err := os.Stat(folder)
	if err != nil {
		return "", err
	}
	if info.Mode().Perm()&0o022 != 0 && os.PathSeparator == '/' { // acdeploy makes it for the user alone
		return "", refused(&osfile.Exposed{Path: folder, Reason: "can be written by others", Remedy: "run: chmod go-w " + folder})
	}
	return folder, refused(osfile.CheckExposed(folder))
}

// refused is the error for a cache that others may change: engines hold code. Other errors stay as they are.
func refused(err error) error {
	exposed, ok := errors.AsType[*osfile.Exposed](err)
	if !ok {
		return err
	}
	return &backends.Unavailable{
		Reason: "the cache of TensorRT must not be used: " + exposed.Error(), Remedy: exposed.Remedy, Broken: true, Unsafe: true, Err: exposed,
	}
}

// identity says which GPUs these are, of this machine and for this process.
type identity struct {
	gpus    string // names, UUIDs, compute capabilities and driver; "" where nvidia-smi does not say
	visible string // CUDA_VISIBLE_DEVICES and CUDA_DEVICE_ORDER
}

// visibleGPUs identifies the GPUs of this machine and their driver.
func visibleGPUs(ctx context.Context) identity {
	here := identity{visible: os.Getenv("CUDA_VISIBLE_DEVICES") + " " + os.Getenv("CUDA_DEVICE_ORDER")}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "nvidia-smi", "--query-gpu=index,name,uuid,compute_cap,driver_version,mig.mode.current", "--format=csv,noheader")
	cmd.WaitDelay = time.Second
	if out, err := cmd.Output(); err == nil {
		here.gpus = strings.TrimSpace(string(out))
	}
	return here
}
