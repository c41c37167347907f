package external_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/passes/external"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// chain is a model of operators in a row, named after their places: x, v0, v1 … An Add adds the constant w.
func chain(t *testing.T, w *tensor.Tensor, ops ...string) *graph.Model {
	t.Helper()
	m := graph.NewModel(8, graph.Opset{Version: 17})
	v, err := m.Graph.AddInput("x", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(3)}})
	if err != nil {
		t.Fatal(err)
	}
	for i, op := range ops {
		n := graph.NewNode(op, v)
		n.Name = op
		if op == "Add" {
			n.AddInput(m.Graph.NewInitializer("w", w))
		}
		name := []string{"v0", "v1", "v2", "v3"}[i]
		if i == len(ops)-1 {
			name = "y"
		}
		v = m.Graph.NewValue(name)
		n.TakeOutput(v)
		m.Graph.Append(n)
	}
	v.SetType(graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(3)}})
	m.Graph.AddOutput(v)
	return m
}

func ones() *tensor.Tensor { return tensor.Of([]int64{3}, float32(1), 1, 1) }

// folder has a script pass.sh and the models that it hands out.
func folder(t *testing.T, script string, models map[string]*graph.Model) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the programs of these tests are scripts for /bin/sh")
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	if err := os.WriteFile(filepath.Join(dir, "pass.sh"), []byte("#!/bin/sh\nset -e\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, m := range models {
		if _, err := mapped.Save(t.Context(), filepath.Join(dir, name), m, mapped.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// made is the pass with a script as its program.
func made(dir string) *external.Pass {
	p := external.Entry().New().(*external.Pass)
	p.Command, p.Timeout = []string{"./pass.sh"}, time.Minute
	p.Place(dir)
	return p
}

// run runs it over a clone of a model.
func run(ctx context.Context, t *testing.T, m *graph.Model, p pipeline.Pass, o pipeline.Options) (*graph.Model, *pipeline.Result, error) {
	t.Helper()
	c := m.Clone()
	result, err := pipeline.Run(ctx, c.Graph, []pipeline.Step{{Name: "exec", Pass: p}}, o)
	if result != nil {
		t.Cleanup(func() {
			if err := result.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), ".acdeploy-*")); len(left) > 0 && runtime.GOOS != "windows" {
		t.Errorf("left over: %v", left)
	}
	return c, result, err
}

// TestPass replaces the model by what the program wrote. It runs once, and is one rewrite.
func TestPass(t *testing.T) {
	dir := folder(t, `echo run >>runs
[ "$1 $3 $5" = "--in --out --options" ]
[ "$(stat -c %a "$2" 2>/dev/null || echo 700)" = 700 ]
test -s "$2/model.onnx"
cp "$6" options
cp after.onnx "$4/model.onnx"
`, map[string]*graph.Model{"after.onnx": chain(t, ones(), "Add", "Relu")})
	p := made(dir)
	p.Options = map[string]any{"level": 2, "names": []any{"a", true}}
	before := chain(t, ones(), "Neg", "Neg", "Add", "Relu")
	m, result, err := run(t.Context(), t, before, p, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if m.Graph.Len() != 2 || result.Rounds != 2 || !result.Converged || result.Rewrites() != 1 {
		t.Errorf("%d nodes after %+v", m.Graph.Len(), result)
	}
	if got, want := result.Passes[0].Rewrites[0], (pipeline.Rewrite{Node: "model", Detail: "rewritten by ./pass.sh, 4 nodes before and 2 nodes after"}); got.Node != want.Node || got.Detail != want.Detail {
		t.Errorf("got %+v", got)
	}
	for file, want := range map[string]string{"runs": "run\n", "options": "{\n  \"level\": 2,\n  \"names\": [\n    \"a\",\n    true\n  ]\n}\n"} {
		if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", file, text, err)
		}
	}
	for name, known := range map[string]bool{"v0": true, "y": true, "x": true} {
		if v := m.Graph.Lookup(name); (v.Origin() == before.Graph.Lookup(name)) != known {
			t.Errorf("%s has the origin %v", name, v.Origin())
		}
	}
	about := result.Passes[0].Program
	if about == nil || !slices.Equal(about.Command, p.Command) || len(about.Files) != 1 || about.Files[0].Path != "./pass.sh" || len(about.Files[0].SHA256) != 64 {
		t.Errorf("the program is told as %+v", about)
	}
}

// TestPassTells takes what the program tells for what it did, and keeps its refusals although it does not run again.
func TestPassTells(t *testing.T) {
	dir := folder(t, `cp after.onnx "$4/model.onnx"
echo '{"rewrites": [{"node": "Neg", "detail": "removed"}, {"node": "Neg", "detail": "removed, too"}],
 "refusals": [{"node": "Relu", "reason": "not_constant", "detail": "make it one"}]}' >"$4/report.json"
`, map[string]*graph.Model{"after.onnx": chain(t, ones(), "Relu")})
	_, result, err := run(t.Context(), t, chain(t, ones(), "Neg", "Neg", "Relu"), made(dir), pipeline.Options{MaxRewrites: 1})
	if err != nil {
		t.Fatal(err)
	}
	did := result.Passes[0]
	if len(did.Rewrites) != 2 || did.Rewrites[1].Detail != "removed, too" || len(did.Refusals) != 1 || did.Refusals[0].Reason != "not_constant" || !result.Converged {
		t.Errorf("got %+v", result)
	}
}

// TestPassUnchanged leaves the model as it is where the program says so, or gives back what it got.
func TestPassUnchanged(t *testing.T) {
	for name, script := range map[string]string{
		"exit status 10":           "exit 10\n",
		"a model all the same":     `cp "$2/model.onnx" "$4/model.onnx"; exit 10` + "\n",
		"the same bytes":           `cp "$2/model.onnx" "$4/model.onnx"` + "\n",
		"refusals, and nothing":    `echo '{"refusals": [{"node": "", "reason": "costlier", "detail": "leave it"}]}' >"$4/report.json"; exit 10` + "\n",
		"what it leaves behind it": `mkdir -p "$4/deep/er"; echo x >"$4/deep/er/x"; exit 10` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			m, result, err := run(t.Context(), t, chain(t, ones(), "Neg", "Relu"), made(folder(t, script, nil)), pipeline.Options{})
			if err != nil || result.Rewrites() != 0 || result.Rounds != 1 || m.Graph.Len() != 2 {
				t.Errorf("got %+v, %v", result, err)
			}
		})
	}
}

// TestPassRepeats runs the program in each round where it is told to, until it changes nothing.
func TestPassRepeats(t *testing.T) {
	dir := folder(t, `n=$(($(cat runs 2>/dev/null || echo 0) + 1)); echo $n >runs
[ $n -lt 3 ] || exit 10
cp $n.onnx "$4/model.onnx"
`, map[string]*graph.Model{"1.onnx": chain(t, ones(), "Neg", "Relu"), "2.onnx": chain(t, ones(), "Relu")})
	p := made(dir)
	p.Repeat = true
	m, result, err := run(t.Context(), t, chain(t, ones(), "Neg", "Neg", "Relu"), p, pipeline.Options{})
	if err != nil || result.Rounds != 3 || result.Rewrites() != 2 || !result.Converged || m.Graph.Len() != 1 {
		t.Errorf("%d nodes, %+v, %v", m.Graph.Len(), result, err)
	}
}

// TestPassKeepsRecipes keeps the unrounded numbers of a tensor that comes back with its name and its bytes, and of no other.
func TestPassKeepsRecipes(t *testing.T) {
	third := tensor.Compute(tensor.Float32, []int64{3}, tensor.Vector{1. / 3, 2. / 3, 1})
	for name, c := range map[string]struct {
		back *tensor.Tensor
		kept bool
	}{
		"the same bytes":  {third, true},
		"a bit off":       {tensor.Of([]int64{3}, float32(1)/3, 2./3, 1.0000001), false},
		"another type":    {tensor.Of([]int64{3}, 1./3, 2./3, 1.), false},
		"another shape":   {tensor.Of([]int64{1, 3}, float32(1)/3, 2./3, 1), false},
		"rounded already": {tensor.Of([]int64{3}, float32(1)/3, 2./3, 1), true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, `cp after.onnx "$4/model.onnx"`, map[string]*graph.Model{"after.onnx": chain(t, c.back, "Add", "Relu")})
			m, _, err := run(t.Context(), t, chain(t, third, "Neg", "Neg", "Add", "Relu"), made(dir), pipeline.Options{})
			if err != nil && c.back.Type() == tensor.Float32 {
				t.Fatal(err)
			}
			if err != nil {
				return // the types of an Add do not fit
			}
			if got := m.Graph.Lookup("w").Data() == third; got != c.kept {
				t.Errorf("it is the recipe: %t", got)
			}
			var text strings.Builder
			if _, err := onnx.Encode(&text, m); err != nil {
				t.Errorf("it cannot be written any more: %v", err)
			}
		})
	}
}

// TestPassFails says in one line what is wrong, and leaves nothing behind.
func TestPassFails(t *testing.T) {
	renamed := chain(t, ones(), "Relu")
	renamed.Graph.Outputs()[0].Rename("z")
	for name, c := range map[string]struct {
		script string
		want   string
	}{
		"another exit status":   {"echo Traceback >&2; echo 'ValueError: no' >&2; exit 3\n", "./pass.sh ended with exit status 3: Traceback; ValueError: no"},
		"without a word":        {"exit 4\n", "./pass.sh ended with exit status 4, without a word on standard error"},
		"a signal":              {"kill -9 $$\n", "./pass.sh was ended by a signal (killed)"},
		"nothing written":       {"exit 0\n", "wrote no model.onnx into the folder of --out; end with 10 where nothing changed"},
		"no model":              {`echo nonsense >"$4/model.onnx"` + "\n", "what it wrote as model.onnx is no sound model: not an ONNX model"},
		"a folder for a model":  {`mkdir "$4/model.onnx"` + "\n", "what it wrote as model.onnx is no sound model: this is"},
		"no report":             {`cp "$2/model.onnx" "$4"; echo [] >"$4/report.json"` + "\n", `report.json is not {"rewrites"`},
		"rewrites, and nothing": {`echo '{"rewrites": [{"node": "a", "detail": "b"}]}' >"$4/report.json"; exit 10` + "\n", "says that nothing changed, and report.json lists rewrites"},
		"another interface":     {`cp renamed.onnx "$4/model.onnx"` + "\n", `changed the interface of the model: the outputs were ["y"], and are ["z"]; allow_interface_change: true allows it`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := folder(t, c.script, map[string]*graph.Model{"renamed.onnx": renamed})
			_, _, err := run(t.Context(), t, chain(t, ones(), "Neg", "Relu"), made(dir), pipeline.Options{})
			if err == nil || !strings.HasPrefix(err.Error(), "pass exec: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestPassAllowsAnInterface takes another interface where the configuration allows it.
func TestPassAllowsAnInterface(t *testing.T) {
	renamed := chain(t, ones(), "Relu")
	renamed.Graph.Outputs()[0].Rename("z")
	p := made(folder(t, `cp renamed.onnx "$4/model.onnx"`, map[string]*graph.Model{"renamed.onnx": renamed}))
	p.AllowInterfaceChange = true
	before := chain(t, ones(), "Neg", "Relu")
	m, _, err := run(t.Context(), t, before, p, pipeline.Options{})
	if err != nil || !p.ChangesInterface() {
		t.Fatal(err)
	}
	if z := m.Graph.Outputs()[0]; z.Name() != "z" || z.Origin() != before.Graph.Outputs()[0] { // with which it is compared
		t.Errorf("the output %q has the origin %v", z.Name(), z.Origin())
	}
}

// TestPassInputs takes other inputs only where the configuration allows it. A value by the name of an old one has it as its origin.
func TestPassInputs(t *testing.T) {
	front := chain(t, ones(), "Neg", "Relu")
	front.Graph.Inputs()[0].Rename("z")
	front.Graph.Lookup("y").Producer().Input(0).Rename("x")
	for _, allowed := range []bool{false, true} {
		p := made(folder(t, `cp front.onnx "$4/model.onnx"`, map[string]*graph.Model{"front.onnx": front}))
		p.AllowInterfaceChange = allowed
		before := chain(t, ones(), "Relu")
		m, result, err := run(t.Context(), t, before, p, pipeline.Options{})
		want := `pass exec: ./pass.sh changed the interface of the model: the inputs were ["x"], and are ["z"]; allow_interface_change: true allows it`
		if !allowed {
			if err == nil || err.Error() != want {
				t.Errorf("got %v", err)
			}
			continue
		}
		if err != nil || len(result.Entrances) != 1 || m.Graph.Lookup("x").Origin() != before.Graph.Inputs()[0] || m.Graph.Inputs()[0].Origin() != result.Entrances[0].Graph.Inputs()[0] {
			t.Errorf("%d entrances, %v", len(result.Entrances), err)
		}
	}
}

// TestPassKeepsDeclarations keeps what the model says of its outputs where a program knows more of them.
func TestPassKeepsDeclarations(t *testing.T) {
	dir := folder(t, `cp after.onnx "$4/model.onnx"`, map[string]*graph.Model{"after.onnx": chain(t, ones(), "Relu")})
	before := chain(t, ones(), "Neg", "Relu")
	declared := graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "N"}}}
	before.Graph.Outputs()[0].SetType(declared)
	m, _, err := run(t.Context(), t, before, made(dir), pipeline.Options{})
	if err != nil || m.Graph.Outputs()[0].Type().String() != declared.String() {
		t.Errorf("%v, %v", m.Graph.Outputs()[0].Type(), err)
	}
}

// TestValidate refuses options that make no sense, and a pass that no configuration file lists.
func TestValidate(t *testing.T) {
	for want, change := range map[string]func(*external.Pass){
		"list it in a configuration file":   func(p *external.Pass) { p.Place("") },
		"command is missing":                func(p *external.Pass) { p.Command = nil },
		"command is missing: name":          func(p *external.Pass) { p.Command = []string{""} },
		"timeout must be more than 0":       func(p *external.Pass) { p.Timeout = 0 },
		"options cannot be written as JSON": func(p *external.Pass) { p.Options = map[string]any{"f": func() {}} },
	} {
		p := made(".")
		change(p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := pipeline.Run(t.Context(), chain(t, ones(), "Relu").Graph, []pipeline.Step{{Name: "exec", Pass: p}}, pipeline.Options{}); err == nil {
			t.Error("it ran")
		}
	}
	if err := made(".").Validate(); err != nil {
		t.Error(err)
	}
}
