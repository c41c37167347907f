package acdeploy_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// reshape gives a model other outputs on purpose.
type reshape struct {
	change func(g *graph.Graph)
	done   bool
}

func (*reshape) ChangesInterface() bool { return true }

func (p *reshape) Run(_ context.Context, r *pipeline.Rewriter) error {
	if !p.done {
		p.done = r.Rewrite("outputs", "changed", func() { p.change(r.Graph()) })
	}
	return nil
}

// The result of the first of the two matrix products, and the result of the model, of cifar_quick.
const (
	features = "/7/Gemm_output_0"
	result   = "logits"
)

// after puts an operator behind a value and makes its result an output.
func after(g *graph.Graph, op, name string, in ...*graph.Value) *graph.Value {
	n := graph.NewNode(op, in...)
	n.TakeOutput(g.NewValue(name))
	g.Append(n)
	n.Output(0).SetType(in[0].Type())
	return n.Output(0)
}

// TestReshaped compares models of which a pass gave the second other outputs on purpose: at the values that both have.
func TestReshaped(t *testing.T) {
	for name, c := range map[string]struct {
		change func(g *graph.Graph)
		proof  verify.Proof
		judged error
		want   []string // outputs that are compared
	}{
		"an inner value": {func(g *graph.Graph) { g.SetOutputs(g.Lookup(features)) }, verify.Algebra, nil, []string{features}},
		"both":           {func(g *graph.Graph) { g.SetOutputs(g.Lookup(features), g.Lookup(result)) }, verify.Algebra, nil, []string{features, result}},
		"another name":   {func(g *graph.Graph) { g.Lookup(result).Rename("scores") }, verify.Algebra, nil, []string{"scores"}},
		"one more that the original does not have": {func(g *graph.Graph) {
			g.AddOutput(after(g, "Softmax", "shares", g.Lookup(result)))
		}, verify.Partial, nil, []string{result}},
		"an inner value that is not what it was": {func(g *graph.Graph) {
			n := g.Lookup(features).Producer()
			w := n.Input(1)
			list := make([]float32, w.Data().Len())
			for i, v := range w.Data().Float64s() {
				list[i] = float32(v) * 1.001
			}
			w.SetData(tensor.Of(w.Data().Shape(), list...))
			g.SetOutputs(g.Lookup(features))
		}, verify.Algebra, acdeploy.ErrDiffer, []string{features}},
	} {
		t.Run(name, func(t *testing.T) {
			tools := toolbox()
			tools.Passes = append(tools.Passes, catalog.Entry[pipeline.Pass]{
				Name: "reshape", Doc: "changes outputs", New: func() pipeline.Pass { return &reshape{change: c.change} },
			})
			cfg := onReference(t, "examples/cifar_quick/acnet.onnx")
			cfg.Passes = []configs.Component{configs.Named("reshape"), configs.Named("fold_batchnorm"), configs.Named("fuse_branches"), configs.Named("remove_unused")}
			job, err := acdeploy.NewJob(cfg, tools, acdeploy.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			source, err := model.Open(cfg.Model)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = source.Close() }()
			fused, err := job.Fuse(t.Context(), source)
			if err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(t.TempDir(), "out.onnx")
			saved, err := fused.Save(t.Context(), out)
			if err != nil {
				t.Fatal(err)
			}
			if list := saved.Document().Interface; len(list) == 0 || list[0].Pass != "reshape" {
				t.Errorf("the document says %+v", list)
			}
			check := func(how string, pair *acdeploy.Pair, steps *acdeploy.Job) {
				t.Helper()
				found, err := steps.Verify(t.Context(), pair, nil)
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				if err := found.Judge(); !errors.Is(err, c.judged) || found.Proof != c.proof {
					t.Errorf("%s: proof %s, judged %v; want %s, %v", how, found.Proof, err, c.proof, c.judged)
				}
				for _, engine := range found.Checks {
					var names []string
					for _, o := range engine.Outputs {
						names = append(names, o.Name)
					}
					if !slices.Equal(names, c.want) {
						t.Errorf("%s: %s compares %q, want %q", how, engine.Backend, names, c.want)
					}
				}
				if told := slices.ContainsFunc(found.Warnings, func(w verify.Warning) bool { return w.Reason == "new_output" || w.Reason == "gone_output" }); told == slices.Equal(c.want, []string{result}) {
					t.Errorf("%s: which outputs are others is told: %v, in %+v", how, told, found.Warnings)
				}
				if len(found.Checks) < 2 {
					t.Errorf("%s: %d checks", how, len(found.Checks))
				}
			}
			check("fuse", saved.Pair(), job)
			again, err := acdeploy.NewJob(cfg, tools, acdeploy.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			pair, err := again.OpenPair(t.Context(), cfg.Model, out)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = pair.Close() }()
			check("verify", pair, again)
		})
	}
}

// TestReshapedByAnother compares a file that the passes do not make, but that has the outputs that they would give it.
func TestReshapedByAnother(t *testing.T) {
	const trained = "examples/cifar_quick/acnet.onnx"
	cut := func(g *graph.Graph) { g.SetOutputs(g.Lookup(features)) }
	f, err := model.Open(trained)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	m := f.Model().Clone()
	cut(m.Graph)
	m.Graph.Outputs()[0].SetType(graph.Type{Elem: tensor.Float32})
	other := filepath.Join(t.TempDir(), "other.onnx")
	if _, err := mapped.Save(t.Context(), other, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	steps := []pipeline.Step{{Name: "reshape", Pass: &reshape{change: cut}}}
	fold, err := toolbox().Passes.Make("fold_batchnorm", nil)
	if err != nil {
		t.Fatal(err)
	}
	steps = append(steps, pipeline.Step{Name: "fold_batchnorm", Pass: fold})
	pair, err := acdeploy.OpenPair(t.Context(), trained, other, steps, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pair.Close() }()
	found, err := toolbox().Verify(t.Context(), pair, acdeploy.VerifySettings{Options: configs.Defaults().Verify}, nil)
	if err != nil || !found.Equal || found.Proof != verify.RoundingOnly {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestReshapedToNothingInCommon cannot compare models that share no output.
func TestReshapedToNothingInCommon(t *testing.T) {
	source, err := model.Open("examples/cifar_quick/acnet.onnx")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	steps := []pipeline.Step{{Name: "reshape", Pass: &reshape{change: func(g *graph.Graph) {
		g.SetOutputs(after(g, "Softmax", "shares", g.Lookup(result)))
	}}}}
	fused, err := acdeploy.Fuse(t.Context(), source, steps, pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	saved, err := fused.Save(t.Context(), filepath.Join(t.TempDir(), "out.onnx"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = toolbox().Verify(t.Context(), saved.Pair(), acdeploy.VerifySettings{Options: configs.Defaults().Verify}, nil)
	if err == nil || !strings.Contains(err.Error(), "nothing to compare") {
		t.Errorf("got %v", err)
	}
}

// TestReshapedRun does the whole job with a pass that gives the model other outputs: it is verified, and measured against models that
// have the old ones, with whose answers its own are not compared.
func TestReshapedRun(t *testing.T) {
	cut := func(g *graph.Graph) { g.SetOutputs(g.Lookup(features)) }
	for name, c := range map[string]struct {
		baseline string
		change   func(g *graph.Graph)
	}{
		"alone": {"", cut}, "with a baseline": {"examples/cifar_quick/baseline.onnx", cut},
		"other inputs": {"", larger}, "other inputs, with a baseline": {"examples/cifar_quick/baseline.onnx", bytes255},
		"both": {"", func(g *graph.Graph) { larger(g); cut(g) }},
	} {
		t.Run(name, func(t *testing.T) {
			tools := toolbox()
			tools.Passes = append(tools.Passes, catalog.Entry[pipeline.Pass]{Name: "reshape", Doc: "changes outputs", New: func() pipeline.Pass {
				return &reshape{change: c.change}
			}})
			cfg := onReference(t, "examples/cifar_quick/acnet.onnx")
			cfg.Baseline = c.baseline
			cfg.Passes = []configs.Component{configs.Named("reshape"), configs.Named("fold_batchnorm"), configs.Named("fuse_branches"), configs.Named("remove_unused")}
			cfg.Bench.Units, cfg.Bench.Blocks, cfg.Bench.Duration = 2, 1, time.Millisecond
			report, err := acdeploy.Run(t.Context(), cfg, tools, acdeploy.Settings{}, nil)
			if err != nil && !errors.Is(err, acdeploy.ErrGate) && !errors.Is(err, acdeploy.ErrInvalid) {
				t.Fatal(err)
			}
			if !report.Verify.Equal || report.Verify.Proof != verify.Algebra || len(report.Fuse.Interface) == 0 || len(report.Comparisons) == 0 {
				t.Errorf("verify %+v, interface %+v, %d comparisons", report.Verify.Result, report.Fuse.Interface, len(report.Comparisons))
			}
		})
	}
}
