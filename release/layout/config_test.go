package layout_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/layout"
	"github.com/acdeploy/acdeploy/release/mlflow/mlflowtest"
	"github.com/acdeploy/acdeploy/tensor"
)

func digest(text string) string { return osfile.SHA256Bytes([]byte(text)) }

// identity saves a model that returns its inputs, and returns its file.
func identity(t *testing.T, specs ...tensor.Spec) string {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	for _, s := range specs {
		typ := graph.Type{Elem: s.Type, Ranked: true, Shape: s.Shape}
		in, err := m.Graph.AddInput(s.Name, typ)
		if err != nil {
			t.Fatal(err)
		}
		n, out := graph.NewNode("Identity", in), m.Graph.NewValue(s.Name+" again")
		out.SetType(typ)
		n.TakeOutput(out)
		m.Graph.Append(n)
		m.Graph.AddOutput(out)
	}
	path := filepath.Join(t.TempDir(), release.ModelFile)
	if _, err := mapped.Save(t.Context(), path, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

func open(param string) tensor.Dim { return tensor.Dim{Size: -1, Param: param} }

// fixed is a release of a model without a batch.
func fixed(t *testing.T) *release.Folder {
	t.Helper()
	return of(t, identity(t, tensor.Spec{Name: `a "quoted" ä\`, Type: tensor.Float32, Shape: []tensor.Dim{tensor.Fixed(2), tensor.Fixed(3)}}), nil)
}

// free is a release of a model with an axis that was not measured, and with an input of one number for each sample.
func free(t *testing.T) *release.Folder {
	t.Helper()
	return of(t, identity(t, tensor.Spec{Name: "x", Type: tensor.Float16, Shape: []tensor.Dim{open("N"), open("T"), tensor.Fixed(8)}},
		tensor.Spec{Name: "k", Type: tensor.Int64, Shape: []tensor.Dim{open("N")}}), nil)
}

// withData is a release of a model whose weights are in a file of their own.
func withData(t *testing.T) *release.Folder {
	t.Helper()
	source, err := mapped.Open("../../examples/cifar_quick/baseline.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }() // nothing was written
	path := filepath.Join(t.TempDir(), release.ModelFile)
	if _, err := mapped.Save(t.Context(), path, source.Model, mapped.Options{Limit: 1 << 14, DataName: "weights.bin", Source: source}); err != nil {
		t.Fatal(err)
	}
	return of(t, read(t, path), map[string]string{"weights.bin": read(t, filepath.Join(filepath.Dir(path), "weights.bin"))})
}

// parse has protobuf's own parser read configurations by Triton's schema, and returns them as JSON. A field that Triton does not know, or
// a value of the wrong kind, is an error of it.
const parseConfig = `
import importlib.util, json, os, sys
from google.protobuf import json_format, text_format
import sysconfig
path = os.path.join(sysconfig.get_paths()["purelib"], "tritonclient", "grpc", "model_config_pb2.py")
spec = importlib.util.spec_from_file_location("model_config_pb2", path)
pb = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pb)
print(json.dumps([json_format.MessageToDict(text_format.Parse(open(p).read(), pb.ModelConfig()), preserving_proto_field_name=True) for p in sys.argv[1:]]))
`

type tensorConfig struct {
	Name    string   `json:"name"`
	Type    string   `json:"data_type"`
	Dims    []string `json:"dims"`
	Reshape *struct {
		Shape []string `json:"shape"`
	} `json:"reshape"`
}

type config struct {
	Name    string         `json:"name"`
	Backend string         `json:"backend"`
	Batch   int            `json:"max_batch_size"`
	Inputs  []tensorConfig `json:"input"`
	Outputs []tensorConfig `json:"output"`
	Groups  []struct {
		Kind  string `json:"kind"`
		Count int    `json:"count"`
	} `json:"instance_group"`
	Dynamic *struct{} `json:"dynamic_batching"`
	Policy  struct {
		Latest struct {
			Versions int `json:"num_versions"`
		} `json:"latest"`
	} `json:"version_policy"`
	Warmup []struct {
		Batch  int `json:"batch_size"`
		Inputs map[string]struct {
			Type   string   `json:"data_type"`
			Dims   []string `json:"dims"`
			Random bool     `json:"random_data"`
			Zero   bool     `json:"zero_data"`
		} `json:"inputs"`
	} `json:"model_warmup"`
}

// Triton's own schema reads what is written, for models of all kinds of shapes.
func TestConfig(t *testing.T) {
	python := mlflowtest.Python(t)
	var paths []string
	for _, f := range []*release.Folder{folder(t), gpuFolder(t), fixed(t), free(t), withData(t)} {
		dir := t.TempDir()
		publish(t, layout.Triton{Path: dir}, f)
		paths = append(paths, filepath.Join(dir, f.Name, "config.pbtxt"))
	}
	out, err := exec.Command(python, append([]string{"-c", parseConfig}, paths...)...).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said(err))
	}
	var got []config
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	checkDigits(t, got[0], 4, "KIND_CPU")
	checkDigits(t, got[1], 32, "KIND_GPU")
	in := got[2].Inputs[0]
	if got[2].Batch != 0 || got[2].Dynamic != nil || strings.Join(in.Dims, " ") != "2 3" || in.Name != `a "quoted" ä\` || got[2].Warmup[0].Batch != 0 {
		t.Errorf("fixed: %+v", got[2])
	}
	if s := got[3]; s.Batch != 4 || strings.Join(s.Inputs[0].Dims, " ") != "-1 8" || s.Inputs[1].Type != "TYPE_INT64" || s.Inputs[1].Reshape == nil || len(s.Warmup) != 0 {
		t.Errorf("open: %+v", s)
	}
}

func said(err error) string {
	if e, ok := err.(*exec.ExitError); ok { //nolint:errorlint // of Output itself
		return string(e.Stderr)
	}
	return ""
}

func checkDigits(t *testing.T, c config, batch int, kind string) {
	t.Helper()
	if c.Backend != "onnxruntime" || c.Batch != batch || len(c.Inputs) != 1 || len(c.Outputs) != 1 || c.Dynamic == nil || c.Policy.Latest.Versions != 2 ||
		len(c.Groups) != 1 || c.Groups[0].Kind != kind || c.Groups[0].Count != 1 {
		t.Errorf("%+v", c)
	}
	in := c.Inputs[0]
	if in.Type != "TYPE_FP32" || len(in.Dims) != 3 || c.Warmup[0].Batch != 1 {
		t.Errorf("%+v", c)
	}
	if warm := c.Warmup[0].Inputs[in.Name]; !slices.Equal(warm.Dims, in.Dims) || !warm.Random || warm.Type != in.Type {
		t.Errorf("%+v", warm)
	}
}

// gpuFolder was measured on a GPU, with a larger batch.
func gpuFolder(t *testing.T) *release.Folder {
	t.Helper()
	f := folder(t)
	f.Report.Comparisons = []judge.Comparison{{Key: bench.Key{Backend: "ort", Provider: "cuda"}}}
	f.Report.Settings[0].Batch = 32
	return f
}

// of is a folder with another model.
func of(t *testing.T, model string, data map[string]string) *release.Folder {
	t.Helper()
	f := folder(t)
	dir := t.TempDir()
	f.Files = []release.File{{Name: release.ModelFile, SHA256: digest(model), Bytes: int64(len(model))}, {Name: release.CardFile, SHA256: digest("card"), Bytes: 4}}
	write(t, filepath.Join(dir, release.ModelFile), model)
	write(t, filepath.Join(dir, release.CardFile), "card")
	for name, text := range data {
		f.Files = append(f.Files, release.File{Name: name, SHA256: digest(text), Bytes: int64(len(text))})
		write(t, filepath.Join(dir, name), text)
	}
	write(t, filepath.Join(dir, release.SumsFile), "sums")
	f.Dir, f.Digest = dir, digest("sums")
	return f
}
