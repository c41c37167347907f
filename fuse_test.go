package acdeploy_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
)

// TestTruncatedMeanwhile cuts a model off after it was opened: every later use is an error, none is a
// crash.
func TestTruncatedMeanwhile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be truncated here")
	}
	raw, err := os.ReadFile("examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	source, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if names := source.Signature(); names.Inputs[0].Name != "input" {
		t.Errorf("the input is called %q", names.Inputs[0].Name)
	}
	steps, err := acdeploy.DefaultSteps(passes.Catalog(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"fuse": second(acdeploy.Fuse(t.Context(), source, steps, pipeline.Options{})),
		"text": model.Do(func() error { return source.Model().Text(io.Discard) }),
	} {
		if err == nil || !strings.Contains(err.Error(), "became shorter") {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestRunRefusesToOverwriteItsInput(t *testing.T) {
	text, err := os.ReadFile("examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.onnx")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	cfg := config(t, path)
	cfg.Output = filepath.Join(filepath.Dir(path), ".", "model.onnx")
	if _, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil); !errors.Is(err, acdeploy.ErrUsage) {
		t.Errorf("got %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil || !cmp.Equal(text, after) {
		t.Errorf("the input was changed: %v", err)
	}
}

// A model that somebody overwrites in place while it is fused is an error: the digest would be of other bytes than those
// that were used. Nothing of it stays.
func TestReliability5OverwrittenWhileItIsFused(t *testing.T) {
	text, err := os.ReadFile("examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	steps, err := acdeploy.DefaultSteps(passes.Catalog(), nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "model.onnx")
	write(t, path, string(text))
	source, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	if _, err := source.Digest(); err != nil { // it is known before, and no longer right in the end
		t.Fatal(err)
	}
	fused, err := acdeploy.Fuse(t.Context(), source, steps, pipeline.Options{Changed: func(number int, _ string, _ *graph.Graph) error {
		return os.WriteFile(path, text, 0o600)
	}})
	if err != nil {
		t.Fatal(err)
	}
	for what, err := range map[string]error{
		"save":  second(fused.Save(t.Context(), filepath.Join(dir, "out.onnx"))),
		"check": source.Unchanged(),
	} {
		if err == nil || !strings.Contains(err.Error(), "changed while it was read") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if names := fileNames(t, dir); len(names) != 1 {
		t.Errorf("files: %v", names)
	}
}

// TestFusedBecame accounts for every node of a trained network: it is in one change, or still there, or a constant.
func TestFusedBecame(t *testing.T) {
	for _, name := range []string{"cifar_quick", "resnet20"} {
		t.Run(name, func(t *testing.T) {
			source, err := model.Open("examples/" + name + "/acnet.onnx")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = source.Close() }()
			steps, err := acdeploy.DefaultSteps(passes.Catalog(), nil)
			if err != nil {
				t.Fatal(err)
			}
			fused, err := acdeploy.Fuse(t.Context(), source, steps, pipeline.Options{})
			if err != nil {
				t.Fatal(err)
			}
			doc, err := fused.Document()
			if err != nil {
				t.Fatal(err)
			}
			gone, made := map[string]int{}, map[string]int{}
			for _, b := range doc.Became {
				for i, node := range b.From {
					gone[b.FromOpTypes[i]+" "+node]++
				}
				for i, node := range b.To {
					made[b.ToOpTypes[i]+" "+node]++
				}
				if len(b.To) != 1 || b.ToOpTypes[0] != "Conv" || !slices.Contains(b.FromOpTypes, "Conv") {
					t.Errorf("%v became %v", b.From, b.To)
				}
			}
			left := doc.After.Nodes
			for _, n := range made {
				left -= n
			}
			for n := range source.Model().Graph.Nodes() {
				switch label := n.OpType + " " + n.Label(); {
				case n.Is("Constant"):
				case gone[label] > 1:
					t.Errorf("%s is in %d changes", label, gone[label])
				case gone[label] == 0:
					left--
				}
			}
			if left != 0 {
				t.Errorf("%d nodes of the fused model came of none", left)
			}
			for _, op := range []string{"Conv", "BatchNormalization"} {
				n := 0
				for label := range gone {
					if strings.HasPrefix(label, op+" ") {
						n++
					}
				}
				if n != doc.Before.Ops[op] {
					t.Errorf("%d of %d %s are accounted for", n, doc.Before.Ops[op], op)
				}
			}
			if got, want := len(doc.After.Layers), doc.After.Ops["Conv"]+doc.After.Ops["Gemm"]; got != want {
				t.Errorf("%d layers, want %d", got, want)
			}
		})
	}
}
