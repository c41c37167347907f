package acdeploy_test

import (
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
	"github.com/acdeploy/acdeploy/internal/npztest"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// before puts an operator over a new input, and maybe a constant, in front of everything. Its result takes the place of the old input.
func before(g *graph.Graph, op, name string, typ graph.Type, more ...*graph.Value) {
	x := g.Inputs()[0]
	in, err := g.AddInput(name, typ)
	if err != nil {
		panic(err)
	}
	n := graph.NewNode(op, append([]*graph.Value{in}, more...)...)
	n.TakeOutput(g.NewValue(op))
	for first := range g.Nodes() {
		g.InsertBefore(n, first)
		break
	}
	graph.ReplaceAllUses(x, n.Output(0))
	g.SetInputs(in)
}

// image is what declares an image of any size.
func image(size int64) graph.Type {
	return graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "batch"}, tensor.Fixed(3), tensor.Fixed(size), tensor.Fixed(size)}}
}

// larger halves images that are twice as large.
func larger(g *graph.Graph) {
	before(g, "Resize", "photo", image(64), nil, g.NewInitializer("sizes", tensor.Of([]int64{4}, float32(1), 1, .5, .5)))
}

// bytes255 takes images of whole numbers.
func bytes255(g *graph.Graph) {
	before(g, "Mul", "raw", image(32), g.NewInitializer("by", tensor.Of([]int64{}, float32(1)/255)))
}

// behind makes the features the input, and takes away what computes them.
func behind(g *graph.Graph) {
	v := g.Lookup(features)
	in, err := g.AddInput("features", graph.Type{Elem: tensor.Float32, Ranked: true, Shape: []tensor.Dim{{Size: -1, Param: "batch"}, tensor.Fixed(64)}})
	if err != nil {
		panic(err)
	}
	graph.ReplaceAllUses(v, in)
	for n := range g.Backward() {
		if n.LiveOutputs() == 0 {
			g.Remove(n)
		}
	}
	g.SetInputs(in)
}

// nudge makes a weight of the second matrix product a thousandth larger.
func nudge(g *graph.Graph) {
	w := g.Lookup(result).Producer().Input(1)
	list := make([]float32, w.Data().Len())
	for i, v := range w.Data().Float64s() {
		list[i] = float32(v) * 1.001
	}
	w.SetData(tensor.Of(w.Data().Shape(), list...))
}

// TestReshapedInputs compares models of which a pass gave the second other inputs on purpose, where both meet.
func TestReshapedInputs(t *testing.T) {
	regions := map[string]int{"a Resize in front": 3, "another name": 3, "behind": 0} // what is new is no part that is compared
	for name, c := range map[string]struct {
		change func(g *graph.Graph)
		judged error
		told   map[string]string // reasons, by input
		folded bool              // nothing of what is new is a node of its own afterwards
		stops  string
	}{
		"a Resize in front":          {larger, nil, map[string]string{"input": "gone_input", "photo": "new_input"}, false, ""},
		"a normalisation, folded":    {bytes255, nil, map[string]string{"input": "gone_input", "raw": "new_input"}, true, ""},
		"behind":                     {behind, nil, map[string]string{"input": "gone_input", "features": "new_input"}, false, ""},
		"another name":               {func(g *graph.Graph) { g.Inputs()[0].Rename("photo") }, nil, map[string]string{"input": "gone_input", "photo": "new_input"}, false, ""},
		"in front, and a fault":      {func(g *graph.Graph) { larger(g); nudge(g) }, acdeploy.ErrDiffer, nil, false, ""},
		"folded, and a fault":        {func(g *graph.Graph) { bytes255(g); nudge(g) }, acdeploy.ErrDiffer, nil, true, ""},
		"behind, and a fault":        {func(g *graph.Graph) { behind(g); nudge(g) }, acdeploy.ErrDiffer, nil, false, ""},
		"nothing by the old name":    {func(g *graph.Graph) { larger(g); g.Lookup("Resize").Redefine() }, nil, nil, false, `no value of the second is the input "input" of the first, so its answers to "photo" cannot be compared; keep the name "input" for the value that takes its place`},
		"another size, the old name": {func(g *graph.Graph) { g.Inputs()[0].SetType(image(64)) }, nil, nil, false, `float[batch,3,64,64] input in the second; an input of another type or size needs a name of its own`},
	} {
		t.Run(name, func(t *testing.T) {
			tools := toolbox()
			tools.Passes = append(tools.Passes, catalog.Entry[pipeline.Pass]{
				Name: "reshape", Doc: "changes inputs", New: func() pipeline.Pass { return &reshape{change: c.change} },
			})
			cfg := onReference(t, "examples/cifar_quick/acnet.onnx")
			cfg.Passes = []configs.Component{configs.Named("reshape"), configs.Named("resolve_auto_pad"), configs.Named("fold_pad"), configs.Named("fold_batchnorm"), configs.Named("fold_affine"), configs.Named("fuse_branches"), configs.Named("remove_unused")}
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
			if _, mul := saved.Document().After.Ops["Mul"]; c.folded && mul {
				t.Errorf("the new input's Mul is still there: %v", saved.Document().After.Ops)
			}
			check := func(how string, pair *acdeploy.Pair, steps *acdeploy.Job) {
				t.Helper()
				found, err := steps.Verify(t.Context(), pair, nil)
				if c.stops != "" {
					if err == nil || !strings.Contains(err.Error(), c.stops) {
						t.Errorf("%s: got %v, want %s", how, err, c.stops)
					}
					return
				}
				if err != nil {
					t.Fatalf("%s: %v", how, err)
				}
				if err := found.Judge(); !errors.Is(err, c.judged) || found.Proof != verify.Algebra || len(found.Checks) < 2 {
					t.Errorf("%s: proof %s, judged %v, %d checks", how, found.Proof, err, len(found.Checks))
				}
				if want, ok := regions[name]; ok && found.Algebra.Regions != want {
					t.Errorf("%s: %d regions, want %d", how, found.Algebra.Regions, want)
				}
				for input, reason := range c.told {
					if !slices.ContainsFunc(found.Warnings, func(w verify.Warning) bool { return w.Name == input && w.Reason == reason }) {
						t.Errorf("%s: %s of %q is not told, in %+v", how, reason, input, found.Warnings)
					}
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

// TestReshapedData takes data for the inputs that the model has afterwards, and no others.
func TestReshapedData(t *testing.T) {
	tools := toolbox()
	tools.Passes = append(tools.Passes, catalog.Entry[pipeline.Pass]{
		Name: "reshape", Doc: "changes inputs", New: func() pipeline.Pass { return &reshape{change: larger} },
	})
	for size, want := range map[int64]string{64: "", 32: "input"} {
		cfg := onReference(t, "examples/cifar_quick/acnet.onnx")
		cfg.Passes = []configs.Component{configs.Named("reshape"), configs.Named("fold_batchnorm"), configs.Named("remove_unused")}
		images := make([]float32, 4*3*size*size)
		for i := range images {
			images[i] = float32(i%29) / 29
		}
		cfg.Verify.Data.Path = npztest.File(t, map[string][]byte{"images": npztest.Of([]int64{4, 3, size, size}, images...)})
		cfg.Bench.Units, cfg.Bench.Blocks, cfg.Bench.Duration = 2, 1, time.Millisecond
		report, err := acdeploy.Run(t.Context(), cfg, tools, acdeploy.Settings{}, nil)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), "photo") {
				t.Errorf("images of %d: %v", size, err)
			}
			continue
		}
		if err != nil && !errors.Is(err, acdeploy.ErrGate) && !errors.Is(err, acdeploy.ErrInvalid) {
			t.Fatal(err)
		}
		over := slices.ContainsFunc(report.Verify.Checks, func(c verify.Check) bool { return strings.HasSuffix(c.Backend, ", data") && c.Equal() })
		if !over || len(report.Comparisons) == 0 {
			t.Errorf("images of %d: %d comparisons, checks %+v", size, len(report.Comparisons), report.Verify.Checks)
		}
	}
}
