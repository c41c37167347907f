package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/graph"
	models "github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
)

// dropsRelu is a pass with a mistake: of a Relu after a BatchNormalization of so many channels, it takes the Relu for nothing.
type dropsRelu struct{ channels int64 }

func (p dropsRelu) Run(_ context.Context, r *pipeline.Rewriter) error {
	for n := range r.Graph().Nodes() {
		norm := n.Input(0).Producer()
		if !n.Is("Relu") || !norm.Is("BatchNormalization") || norm.Input(1).Data().Shape()[0] != p.channels {
			continue
		}
		if !r.Rewrite(n.Label(), "Relu removed", func() {
			graph.ReplaceAllUses(n.Output(0), n.Input(0))
			r.Graph().Remove(n)
		}) {
			return nil
		}
	}
	return nil
}

// withWrong is the program with a wrong pass among the right ones.
func withWrong(pass pipeline.Pass) cli.Toolbox {
	tools := toolbox()
	wrong := catalog.Entry[pipeline.Pass]{Name: "wrong", Doc: "for tests", New: func() pipeline.Pass { return pass }}
	at := len(tools.Passes) / 2
	tools.Passes = append(append(append(catalog.Catalog[pipeline.Pass]{}, tools.Passes[:at]...), wrong), tools.Passes[at:]...)
	return tools
}

// trainedNetwork is the path of one of the trained networks.
func trainedNetwork(t *testing.T, name string) string {
	t.Helper()
	for _, folder := range []string{"../shared", "../../shared"} {
		path := filepath.Join(folder, "models", name, "acnet.onnx")
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Skipf("the trained network %s is not here", name)
	return ""
}

// TestBisectFindsAPlantedRewrite finds one wrong rewrite among all of those in a trained network, and the two nodes that it takes to show it.
func TestBisectFindsAPlantedRewrite(t *testing.T) {
	network := trainedNetwork(t, "densenet40")
	extract := filepath.Join(t.TempDir(), "extract.onnx")
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), &out, &errs, []string{"bisect", network, "-o", extract, "--json", "--backend", "reference"}, withWrong(dropsRelu{208}))
	if code != cli.ExitOK {
		t.Fatalf("exit code %d\n%s", code, &errs)
	}
	var found struct {
		Rewrite, Of, Nodes int
		Pass, Node, Detail string
		Before, After      string
		Shows              bool
	}
	if err := json.Unmarshal(out.Bytes(), &found); err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", found)
	if found.Pass != "wrong" || found.Detail != "Relu removed" || found.Rewrite < 2 || found.Of < 200 || !found.Shows {
		t.Errorf("got %+v", found)
	}
	if !strings.Contains(found.Before, "Relu") || strings.Contains(found.After, "Relu") {
		t.Errorf("before\n%s\nafter\n%s", found.Before, found.After)
	}
	f, err := models.Open(extract)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if n := f.Counts().Nodes; n > 5 || n != found.Nodes {
		t.Errorf("the extract has %d nodes", n)
	}
	// The passes break the extract, too: that is what it is for.
	out.Reset()
	fused := filepath.Join(t.TempDir(), "fused.onnx")
	if code := cli.Run(t.Context(), &out, &errs, []string{"fuse", extract, "-o", fused, "--verify", "--backend", "reference"}, withWrong(dropsRelu{208})); code != cli.ExitDiffer {
		t.Errorf("fuse of the extract: exit code %d\n%s%s", code, &out, &errs)
	}
}

// panics is a pass that panics.
type panics struct{}

func (panics) Run(context.Context, *pipeline.Rewriter) error { panic("oh no") }

// TestBisectNamesAPassThatPanics blames no rewrite of another pass.
func TestBisectNamesAPassThatPanics(t *testing.T) {
	folder := t.TempDir()
	network, extract := filepath.Join(folder, "net.onnx"), filepath.Join(folder, "extract.onnx")
	var out, errs bytes.Buffer
	if code := cli.Run(t.Context(), &out, &errs, []string{"zoo", "cifar_quick", "--branched", "-o", network}, toolbox()); code != cli.ExitOK {
		t.Fatalf("exit code %d\n%s", code, &errs)
	}
	for _, order := range []string{"[wrong, fold_batchnorm]", "[fold_batchnorm, wrong, fuse_branches]"} {
		out.Reset()
		code := cli.Run(t.Context(), &out, &errs, []string{"bisect", network, "-o", extract, "--backend", "reference", "--passes", order}, withWrong(panics{}))
		said := out.String()
		if code != cli.ExitOK {
			t.Fatalf("%s: exit code %d\n%s", order, code, &errs)
		}
		for _, want := range []string{"pass wrong fails on " + network, "pass        wrong\nfault       pass wrong: it panicked: oh no; ", "wrote " + extract, ": 1 node\n"} {
			if !strings.Contains(said, want) {
				t.Errorf("%s: it does not say %q:\n%s", order, want, said)
			}
		}
		for _, never := range []string{"node        ", "before", "rewrite 0"} {
			if strings.Contains(said, never) {
				t.Errorf("%s: it says %q:\n%s", order, never, said)
			}
		}
	}
}
