// Package int8 tests what fusing and the pass equalize_channels do to a network that is quantized afterwards, with the pinned packages
// that `make int8-tools` installs.
package int8_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/tensor"
)

// The same versions are in .ci/int8-tools.
const environment = "int8-onnxruntime-1.32.0-onnx-1.22.0"

var update = flag.Bool("update", false, "write docs/int8.md anew")

// calibration is how many of the images calibrate; the others count.
const calibration = 100

// page is the page up to its tables.
const page = `# Fused networks in int8

Written by ` + "`go test ./examples/int8 -update`" + `, which quantizes with ONNX Runtime 1.32.0 (static, QDQ, 8 bits for weights and activations,
` + "`reduce_range`" + `), by [quantize.py](../examples/int8/quantize.py). The first 100 of the 360 held-out images calibrate, the other 260 count.

*Spread* is how many times as large the largest output channel is as the median one, by the largest weight of each, in the layer where that
is worst. *int8* has one scale for each weight, *by channel* one for each of its output channels.

The pass ` + "`equalize_channels`" + ` changes no answer in float. It helps a network whose channels are of very different sizes. The trained networks
here are small and well-behaved: fusing them leaves spreads of about two, and int8 loses nothing that equalizing could bring back.
The last network is one of them in which the channels between layers were multiplied by powers of two at random, and divided again behind:
the same function, as large networks with many dead or dominant channels have it.

| network | | spread | float | int8 | by channel |
| --- | --- | ---: | ---: | ---: | ---: |
`

// toolbox is that of the program, with the engine that is always there.
func toolbox() cli.Toolbox {
	return cli.Toolbox{
		Passes:   passes.Catalog(),
		Backends: catalog.Catalog[backends.Backend]{reference.Entry()},
		Formats:  formats.Catalog(),
		Exact:    cli.Exact(reference.OpenPartly),
	}
}

// python is one that has the packages.
func python(t *testing.T, root string) string {
	t.Helper()
	program := filepath.Join(root, ".tools", environment, "bin", "python3")
	if _, err := os.Stat(program); err != nil {
		program = "python3"
	}
	if out, err := exec.Command(program, "-c", "import numpy, onnx, onnxruntime.quantization").CombinedOutput(); err != nil {
		t.Skipf("python3 has no onnxruntime.quantization (%v: %s); make int8-tools installs it", err, bytes.TrimSpace(out))
	}
	return program
}

// accuracy is a line that the script prints.
type accuracy struct {
	Float      float64 `json:"float"`
	Int8       float64 `json:"int8"`
	PerChannel float64 `json:"int8_per_channel"`
}

func TestInt8(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	models := filepath.Join(root, "..", "shared", "models")
	if _, err := os.Stat(models); err != nil {
		t.Skip("the trained networks are not here: no shared/models beside the repository")
	}
	program := python(t, root)
	text, err := os.ReadFile(filepath.Join(root, "docs", "int8.md"))
	if err != nil && !*update {
		t.Fatal(err)
	}
	networks := []string{"cifar_quick", "cropped", "densenet40", "mobile_dw", "resnet20", "vgg16_quarter", "wrn16_2", "vgg16_quarter, uneven"}
	if !*update { // all of them take minutes
		networks = []string{"cropped", "vgg16_quarter, uneven"}
	}
	written := page
	for _, name := range networks {
		dir := t.TempDir()
		network, uneven, _ := strings.Cut(name, ", ")
		paths := []string{filepath.Join(models, network, "acnet.onnx"), filepath.Join(dir, "fused.onnx"), filepath.Join(dir, "equalized.onnx")}
		fuse(t, paths[0], paths[1])
		if uneven != "" {
			paths[0] = paths[1]
			paths[1] = filepath.Join(dir, "uneven.onnx")
			scatter(t, paths[0], paths[1])
		}
		fuse(t, paths[1], paths[2], "--enable", "equalize_channels")
		found := quantize(t, program, filepath.Join(models, "digits-eval.npz"), paths)
		for i, as := range []string{"as trained", "fused", "equalized"} {
			if uneven != "" {
				as = []string{"fused", "uneven", "equalized"}[i]
			}
			start := fmt.Sprintf("| %s | %s | %s | %.1f %% |", name, as, spread(t, paths[i]), 100*found[i].Float)
			if !*update && !strings.Contains(string(text), "\n"+start) {
				t.Errorf("the page does not have the line\n%s", start)
			}
			written += fmt.Sprintf("%s %.1f %% | %.1f %% |\n", start, 100*found[i].Int8, 100*found[i].PerChannel)
		}
		if found[1].Float != found[2].Float {
			t.Errorf("%s: in float %g are right, and %g when it is equalized", name, found[1].Float, found[2].Float)
		}
		if uneven != "" && found[2].Int8 < found[1].Int8+0.05 {
			t.Errorf("%s: int8 has %g right, and %g when it is equalized", name, found[1].Int8, found[2].Int8)
		}
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root, "docs", "int8.md"), []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func fuse(t *testing.T, from, to string, args ...string) {
	t.Helper()
	var out, said bytes.Buffer
	if code := cli.Run(t.Context(), &out, &said, append([]string{"fuse", from, "-o", to, "--quiet", "--backend", "reference"}, args...), toolbox()); code != 0 {
		t.Fatalf("exit code %d: %s", code, said.String())
	}
}

// quantize is what the script finds for each model.
func quantize(t *testing.T, program, data string, paths []string) []accuracy {
	t.Helper()
	run := exec.Command(program, append([]string{"quantize.py", data, fmt.Sprint(calibration)}, paths...)...)
	var out, said bytes.Buffer
	run.Stdout, run.Stderr = &out, &said
	if err := run.Run(); err != nil {
		t.Fatalf("quantize.py: %v\n%s", err, said.String())
	}
	var list []accuracy
	for line := range strings.Lines(out.String()) {
		var a accuracy
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	if len(list) != len(paths) {
		t.Fatalf("quantize.py printed %d lines for %d models", len(list), len(paths))
	}
	return list
}

// spread is the largest of the layers of a model.
func spread(t *testing.T, path string) string {
	t.Helper()
	f, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	most := 1.0
	for _, r := range model.Ranges(f.Model()) {
		most = max(most, r.Spread())
	}
	return fmt.Sprintf("%.1f", most)
}

// scatter multiplies the channels between the layers of a plain network by powers of two, and divides them behind.
func scatter(t *testing.T, from, to string) {
	t.Helper()
	f, err := model.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	m := f.Model().Clone()
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range m.Graph.Nodes() {
		if !n.Is("Conv") {
			continue
		}
		next := reader(n)
		if next == nil {
			continue
		}
		scale := make([]float64, n.Input(1).Constant().Shape()[0])
		for i := range scale {
			scale[i] = math.Ldexp(1, rng.IntN(11)-5)
		}
		multiply(n.Input(1), func(channel, _ int) float64 { return scale[channel] })
		multiply(n.Input(2), func(channel, _ int) float64 { return scale[channel] })
		taps := next.Input(1).Constant().Len() / int(next.Input(1).Constant().Shape()[0]) / len(scale)
		multiply(next.Input(1), func(_, i int) float64 { return 1 / scale[i/taps] })
	}
	if _, err := f.Save(t.Context(), to, m); err != nil {
		t.Fatal(err)
	}
}

// reader is the convolution that alone reads what n computes, behind Relu and MaxPool; nil for none.
func reader(n *graph.Node) *graph.Node {
	for use := n.Output(0).OnlyUse(); use != nil; use = use.Node.Output(0).OnlyUse() {
		switch {
		case use.Node.Is("Conv"):
			return use.Node
		case !use.Node.Is("Relu") && !use.Node.Is("MaxPool"):
			return nil
		}
	}
	return nil
}

// multiply changes a parameter: the i-th number of each row.
func multiply(v *graph.Value, factor func(row, i int) float64) {
	old := v.Constant()
	values := make([]float32, 0, old.Len())
	each := old.Len() / int(old.Shape()[0])
	for i, x := range old.Float64s() {
		values = append(values, float32(x*factor(i/each, i%each)))
	}
	v.SetData(tensor.Of(old.Shape(), values...))
}
