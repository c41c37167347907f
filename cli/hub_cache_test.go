package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
	modelfile "github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

// inHubCache lays a model with a data file as the cache of Hugging Face does: both are links of a snapshot to blobs. It returns the path of
// the model in the snapshot, the name of its output, and its model_sha256.
func inHubCache(t *testing.T, folder string) (path, output, sum string) {
	t.Helper()
	f, err := mapped.Open("../examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	root := t.TempDir()
	plain := filepath.Join(root, "plain.onnx")
	if _, err := mapped.Save(t.Context(), plain, f.Model, mapped.Options{Limit: 1, DataName: "model.onnx_data"}); err != nil {
		t.Fatal(err)
	}
	sum = sumOf(t, plain)
	snapshot := filepath.Join(root, "snapshots", "0123abcd", folder)
	for _, dir := range []string{filepath.Join(root, "blobs"), snapshot} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for from, name := range map[string]string{"plain.onnx": "model.onnx", "model.onnx_data": "model.onnx_data"} {
		blob := filepath.Join(root, "blobs", "aa"+from[:5])
		if err := os.Rename(filepath.Join(root, from), blob); err != nil {
			t.Fatal(err)
		}
		target, err := filepath.Rel(snapshot, blob)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, filepath.Join(snapshot, name)); err != nil {
			t.Skip("no links here: ", err)
		}
	}
	return filepath.Join(snapshot, "model.onnx"), f.Model.Graph.Outputs()[0].Name(), sum
}

func sumOf(t *testing.T, path string) string {
	t.Helper()
	f, err := modelfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	d, err := f.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return d.ModelSHA256
}

// TestHubCache does everything with a model in the cache of a hub, and writes ordinary files beside it.
func TestHubCache(t *testing.T) {
	for _, folder := range []string{"", "onnx"} {
		path, output, sum := inHubCache(t, folder)
		dir := filepath.Dir(path)
		fused, release := filepath.Join(dir, "fused.onnx"), filepath.Join(t.TempDir(), "release")
		config := filepath.Join(t.TempDir(), "run.yaml")
		write(t, config, "model: "+path+"\noutput: "+filepath.Join(dir, "run.onnx")+"\nreport: "+filepath.Join(t.TempDir(), "report")+
			"\nbench: {backends: [reference], units: 2, duration: 200ms}\ngates: {latency: {require: nothing}}\nrelease: "+release+"\n")
		for _, args := range [][]string{
			{"inspect", path},
			{"fuse", path, "-o", fused, "--verify", "--backend", "reference"},
			{"verify", path, fused, "--backend", "reference", "--require-proof", "algebra"},
			{"bench", path, fused, "--backend", "reference", "--units", "2", "--duration", "200ms", "--require", "nothing"},
			{"extract", path, "--to", output, "-o", filepath.Join(dir, "part.onnx")},
			{"reduce", path, "--check", "! grep -q Relu", "-o", filepath.Join(dir, "small.onnx")},
			{"run", config},
			{"release", "verify", release, "--source", path, "--backend", "reference"},
		} {
			var out, errs bytes.Buffer
			if code := cli.Run(t.Context(), &out, &errs, args, toolbox()); code != cli.ExitOK {
				t.Errorf("%s: exit code %d\n%s%s", args[0], code, &out, &errs)
			}
		}
		var out, errs bytes.Buffer
		var seen struct {
			File struct {
				ModelSHA256 string `json:"model_sha256"`
			}
		}
		if code := cli.Run(t.Context(), &out, &errs, []string{"inspect", path, "--json"}, toolbox()); code != cli.ExitOK || json.Unmarshal(out.Bytes(), &seen) != nil || seen.File.ModelSHA256 != sum {
			t.Errorf("model_sha256 %q, want %q\n%s%s", seen.File.ModelSHA256, sum, &out, &errs)
		}
		for _, name := range []string{"fused.onnx", "part.onnx", "small.onnx", "run.onnx"} {
			if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s: %v, %v", name, info, err)
			}
		}
		if got := sumOf(t, path); got != sum {
			t.Errorf("the source is now %s, was %s", got, sum)
		}
	}
}

// TestHubCacheOutside refuses data that lies outside of both folders.
func TestHubCacheOutside(t *testing.T) {
	path, _, _ := inHubCache(t, "")
	data := filepath.Join(filepath.Dir(path), "model.onnx_data")
	secret := filepath.Join(t.TempDir(), "secret")
	blob, err := filepath.EvalSymlinks(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(blob, secret); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{blob, data} { // a blob that is a link, and a link past the blobs
		_ = os.Remove(link)
		if err := os.Symlink(secret, link); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"inspect", path}, {"verify", path, path, "--backend", "reference"}} {
			var out, errs bytes.Buffer
			if code := cli.Run(t.Context(), &out, &errs, args, toolbox()); code != cli.ExitFailed || !strings.Contains(errs.String(), "path escapes from parent") {
				t.Errorf("%s: exit code %d\n%s%s", args[0], code, &out, &errs)
			}
		}
	}
}
