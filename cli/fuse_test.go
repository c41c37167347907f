package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/verify"
)

// dropRelu is a wrong pass: it takes every Relu out.
type dropRelu struct{}

func (dropRelu) Run(_ context.Context, r *pipeline.Rewriter) error {
	for n := range r.Graph().Nodes() {
		if n.Is("Relu") && graph.CanReplace(n.Output(0), n.Input(0)) {
			r.Rewrite(n.Label(), "removed", func() {
				graph.ReplaceAllUses(n.Output(0), n.Input(0))
				n.Graph().Remove(n)
			})
		}
	}
	return nil
}

// withWrongPass is a toolbox with a pass that changes the answers.
func withWrongPass() cli.Toolbox {
	tools := toolbox()
	tools.Passes = append(tools.Passes, catalog.Entry[pipeline.Pass]{
		Name: "drop_relu", Doc: "take every Relu out", New: func() pipeline.Pass { return dropRelu{} },
	})
	return tools
}

const trained = "../examples/cifar_quick/acnet.onnx"

// A fused model gets its name only when it has passed the check that was asked for.
func TestFuseVerifyRejects(t *testing.T) {
	t.Setenv("ACDEPLOY_ORT_LIB", "")
	t.Setenv("ORT_DYLIB_PATH", "/absent.so")
	path := filepath.Join(t.TempDir(), "fused.onnx")
	rejected := strings.TrimSuffix(path, ".onnx") + ".rejected.onnx"
	fuse := func(want int, more ...string) (out, errs bytes.Buffer) {
		t.Helper()
		args := append([]string{"fuse", trained, "-o", path, "--verify"}, more...)
		if code := cli.Run(t.Context(), &out, &errs, args, withWrongPass()); code != want {
			t.Errorf("exit code %d, want %d: %s", code, want, &errs)
		}
		return out, errs
	}
	out, errs := fuse(cli.ExitDiffer, "--passes", "drop_relu", "--json")
	var doc struct {
		Output   struct{ Path string }
		Rejected string
		Verify   struct{ Equal bool }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Output.Path != rejected || !strings.Contains(doc.Rejected, "the answers differ") || doc.Verify.Equal {
		t.Errorf("%+v", doc)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file has its name")
	}
	if out, _ = fuse(cli.ExitDiffer, "--passes", "drop_relu"); !strings.Contains(out.String(), "rejected: kept as "+rejected) {
		t.Errorf("it says %s%s", &out, &errs)
	}
	fuse(cli.ExitOK, "--disable", "drop_relu")
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(rejected); err == nil {
		t.Error("the rejected file is still there")
	}
}

// An interrupt while the answers are compared leaves no file.
func TestInterruptedFuseLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	tools := toolbox()
	exact := tools.Exact
	tools.Exact = func(m *graph.Model) (verify.Exact, error) {
		cancel()
		return exact(m)
	}
	var out, errs bytes.Buffer
	if code := cli.Run(ctx, &out, &errs, []string{"fuse", trained, "-o", filepath.Join(dir, "fused.onnx"), "--verify"}, tools); code != cli.ExitInterrupted {
		t.Errorf("exit code %d: %s", code, &errs)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// An interrupt while engines are asked says nothing of them.
func TestInterruptedChecksBlameNoEngine(t *testing.T) {
	for _, command := range []string{"doctor", "backends"} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		var out, errs bytes.Buffer
		code := cli.Run(ctx, &out, &errs, []string{command}, toolbox())
		if code != cli.ExitInterrupted || out.Len() > 0 || errs.String() != "acdeploy: interrupted\n" {
			t.Errorf("%s: exit code %d: %s%s", command, code, &out, &errs)
		}
	}
}

// twoFiles is a trained network with its weights in a data file.
func twoFiles(t *testing.T) string {
	t.Helper()
	f, err := mapped.Open(trained)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	saved, err := mapped.Save(t.Context(), filepath.Join(t.TempDir(), "net.onnx"), f.Model, mapped.Options{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return saved.Path
}

// The name of a data file carries its content, unless a fixed one is asked for; the one that was replaced goes.
func TestReliability1DataName(t *testing.T) {
	model, dir := twoFiles(t), t.TempDir()
	path := filepath.Join(dir, "fused.onnx")
	fuse := func(want int, more ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := cli.Run(t.Context(), &out, &errs, append([]string{"fuse", model, "-o", path}, more...), toolbox()); code != want {
			t.Errorf("%v: exit code %d, want %d: %s", more, code, want, &errs)
		}
		return errs.String()
	}
	data := func() []string {
		t.Helper()
		found, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(found, func(name string) bool { return name == path })
	}
	fuse(cli.ExitOK)
	first := data()
	if len(first) != 1 || !regexp.MustCompile(`/fused\.onnx\.[0-9a-f]{16}\.data$`).MatchString(filepath.ToSlash(first[0])) {
		t.Errorf("data files %v", first)
	}
	fuse(cli.ExitOK, "--disable", "fuse_branches")
	if second := data(); len(second) != 1 || slices.Equal(first, second) {
		t.Errorf("data files %v, before %v", second, first)
	}
	fuse(cli.ExitOK, "--data-name", "w.bin")
	if got := data(); !slices.Equal(got, []string{filepath.Join(dir, "w.bin")}) {
		t.Errorf("data files %v", got)
	}
	fuse(cli.ExitOK, "--data-name", "w.bin", "--disable", "fuse_branches")
	notes := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(notes, []byte("of the user"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := fuse(cli.ExitFailed, "--data-name", "notes.txt"); !strings.Contains(said, "notes.txt is there and may belong to another model") {
		t.Error(said)
	}
	own := path
	path = filepath.Join(dir, "other.onnx")
	if said := fuse(cli.ExitFailed, "--data-name", "w.bin"); !strings.Contains(said, "w.bin is there and may belong to another model than other.onnx") {
		t.Error(said)
	}
	path = own
	if text, err := os.ReadFile(notes); err != nil || string(text) != "of the user" {
		t.Errorf("%q, %v", text, err)
	}
	for _, bad := range []string{"", ".", "..", "sub/w.bin", "/w.bin", "fused.onnx"} {
		if said := fuse(cli.ExitUsage, "--data-name", bad); !strings.Contains(said, "give a name without a folder, other than the model's") {
			t.Errorf("%q: %s", bad, said)
		}
	}
	if unlock, held := osfile.LockName(path); !held {
		t.Error("the name is still locked")
	} else {
		defer unlock()
	}
	if said := fuse(cli.ExitFailed); said != "acdeploy: write model "+path+": another acdeploy is writing it; wait for it, or name another file\n" {
		t.Errorf("while another one writes: %s", said)
	}
}
