package acdeploy_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/layers"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// halved rounds every parameter of a model to another type, and declares its inputs and outputs as that.
func halved(m *graph.Model, to tensor.Type) {
	for g := range m.Graph.All() {
		for _, v := range slices.Concat(g.Inputs(), g.Outputs()) {
			v.SetElem(to)
		}
		for v := range g.Initializers() {
			if t := v.Data(); t.Type() == tensor.Float32 {
				rounded, _ := tensor.Compute(to, t.Shape(), tensor.Vector(t.Float64s())).Rounded()
				v.SetData(rounded)
			}
		}
	}
}

// moved scales what a strength is about by 1 + by.
func moved(t *testing.T, m *graph.Model, s verify.LayerStrength, by float64) {
	t.Helper()
	for n := range m.Graph.Nodes() {
		l, ok := layers.Of(n)
		if n.Label() != s.Node || !ok {
			continue
		}
		if s.Part == layers.PartWeights {
			n.SetInput(1, m.Graph.NewInitializer("scaled", l.Scaled(*s.Channel, 1+by)))
			return
		}
		bias := n.Input(2).Constant()
		numbers := bias.Float64s()
		numbers[*s.Channel] *= 1 + by
		n.SetInput(2, m.Graph.NewInitializer("scaled", tensor.Compute(bias.Type(), bias.Shape(), tensor.Vector(numbers))))
		return
	}
	t.Fatalf("there is no layer %q", s.Node)
}

// TestStrengthIsTrue changes a layer by what the proof says it would notice: by twice as much the models differ, by a quarter
// they do not.
func TestStrengthIsTrue(t *testing.T) {
	for name, elem := range map[string]tensor.Type{
		"lenet5": tensor.Float32, "resnet20": tensor.Float16, "repvgg": tensor.Float32, "mobileone": tensor.BFloat16, "dbb": tensor.Float32,
	} {
		t.Run(name, func(t *testing.T) {
			n, err := zoo.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			n.Input[1], n.Input[2] = min(n.Input[1], 32), min(n.Input[2], 32)
			m := n.Build(zoo.Form{Branched: true, Seed: 1})
			if elem != tensor.Float32 {
				halved(m, elem)
			}
			fused := func() *graph.Model {
				c := m.Clone()
				rewrite(t, c, defaultSteps(t))
				return c
			}
			found := verify.Result{}.Strong(regionsOf(t, m, fused()).Strength())
			tried := map[layers.Part]int{}
			for _, s := range found.Strength {
				if tried[s.Part] == 2 || s.FoundBy != "algebra" {
					continue
				}
				tried[s.Part]++
				for _, c := range []struct {
					by    float64
					equal bool
				}{{2, false}, {0.25, true}} {
					other := fused()
					moved(t, other, s, c.by*float64(s.Change))
					if got := proven(t, m, other); got.Equal() != c.equal {
						t.Errorf("%s of channel %d of %s × (1 + %g): equal is %t, worst %+v", s.Part, *s.Channel, s.Node, c.by*float64(s.Change), got.Equal(), got.Worst)
					}
				}
			}
			if tried[layers.PartBias] == 0 {
				t.Errorf("nothing to try in %+v", found.Strength)
			}
		})
	}
}

// TestStrengthOfForeign takes models with folded batch norms and all branches, which the passes do not give. A layer that is changed by
// what is said to be noticed makes the models differ, and by a hundredth of it not.
func TestStrengthOfForeign(t *testing.T) {
	for name, elem := range map[string]tensor.Type{"lenet5": tensor.Float32, "repvgg": tensor.Float16} {
		t.Run(name, func(t *testing.T) {
			n, err := zoo.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			n.Input[1], n.Input[2] = min(n.Input[1], 32), min(n.Input[2], 32)
			m := n.Build(zoo.Form{Branched: true, Seed: 1})
			if elem != tensor.Float32 {
				halved(m, elem)
			}
			folded := m.Clone()
			rewrite(t, folded, slices.DeleteFunc(defaultSteps(t), func(s pipeline.Step) bool { return s.Name == "fuse_branches" }))
			a, b := saved(t, "a.onnx", m), saved(t, "b.onnx", folded)
			verified := func(b string) *acdeploy.Verification {
				found, err := toolbox().Verify(t.Context(), pairOf(t, a, b), acdeploy.VerifySettings{Options: verify.Defaults()}, nil)
				if err != nil {
					t.Fatal(err)
				}
				return found
			}
			found := verified(b)
			if !found.Equal || found.Proof != verify.RoundingOnly || len(found.Strength) != 5 || !found.StrengthSampled || found.StrengthLeftOut == 0 {
				t.Fatalf("%+v", found)
			}
			for _, s := range found.Strength {
				if math.IsNaN(float64(s.Change)) {
					continue
				}
				for by, equal := range map[float64]bool{1.01: false, 0.01: true} {
					if got := verified(changedFile(t, b, s, by*float64(s.Change))); got.Equal != equal {
						t.Errorf("%s of channel %d of %s × (1 + %g·%g): equal is %t", s.Part, *s.Channel, s.Node, by, float64(s.Change), got.Equal)
					}
				}
			}
			t.Logf("%+v", found.Strength)
		})
	}
}

// sampledOn compares a network with what it fuses to on an engine, and returns the strengths that are about its answers.
func sampledOn(t *testing.T, m *graph.Model, engine backends.Backend) (a, b string, found *acdeploy.Verification, list []verify.LayerStrength) {
	t.Helper()
	a, b = saved(t, "a.onnx", m), filepath.Join(t.TempDir(), "b.onnx")
	fused, source := fuse(t, a, b)
	defer func() { _ = source.Close() }()
	tools := toolbox()
	tools.Launch = nil // a worker does not know the engine
	tools.Backends = catalog.Catalog[backends.Backend]{{Name: "engine", Doc: "for tests", New: func() backends.Backend { return engine }}}
	found, err := tools.Verify(t.Context(), fused.Pair(), acdeploy.VerifySettings{Options: verify.Defaults(), Backends: chosen(t, tools, "engine")}, nil)
	if err != nil || !found.Equal {
		t.Fatalf("%v: %+v", err, found)
	}
	for _, s := range found.Strength {
		if s.FoundBy == "engine" {
			list = append(list, s)
		}
	}
	return a, b, found, list
}

// small is a network of a few layers.
func small(t *testing.T) *graph.Model {
	t.Helper()
	n, err := zoo.Find("lenet5")
	if err != nil {
		t.Fatal(err)
	}
	return n.Build(zoo.Form{Branched: true, Seed: 1})
}

// TestStrengthOfAnEngine changes a layer by what an engine's outputs are said to show: by twice as much they are further apart
// than the check allows, by a tenth they are not: the check has more inputs than the sample. Nothing is left in the folder for temporary files.
func TestStrengthOfAnEngine(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	a, b, found, list := sampledOn(t, small(t), reference.New())
	if len(list) != 5 || len(found.Strength) != 10 {
		t.Fatalf("strengths %+v", found.Strength)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	shown := 0
	for _, s := range list {
		if math.IsNaN(float64(s.Change)) {
			continue
		}
		shown++
		for _, by := range []float64{2, 0.1} {
			other := changedFile(t, b, s, by*float64(s.Change))
			again, err := toolbox().Verify(t.Context(), pairOf(t, a, other), acdeploy.VerifySettings{Options: verify.Defaults(), Backends: chosen(t, toolbox(), "reference")}, nil)
			if err != nil {
				t.Fatal(err)
			}
			o := again.Checks[len(again.Checks)-1].Outputs[0]
			allowed := found.Checks[len(found.Checks)-1].Outputs[0].Tolerance
			if differs := o.MaxRel > allowed; differs != (by > 1) {
				t.Errorf("%s × (1 + %g·%g) moves the answers by %g, allowed are %g", s.Node, by, float64(s.Change), float64(o.MaxRel), float64(allowed))
			}
		}
	}
	if shown == 0 {
		t.Errorf("the engine shows nothing: %+v", list)
	}
}

// TestStrengthOfADecision counts no decision that changes: its check asks what it is made from.
func TestStrengthOfADecision(t *testing.T) {
	m := small(t)
	mutant.PutHead(m.Graph, "ArgMax")
	_, _, _, list := sampledOn(t, m, reference.New())
	if len(list) != 5 {
		t.Fatalf("strengths %+v", list)
	}
	for _, s := range list {
		if !math.IsNaN(float64(s.Change)) || !strings.Contains(s.Detail, "decisions") {
			t.Errorf("%+v", s)
		}
	}
}

// changedFile writes a model with a channel of a layer scaled.
func changedFile(t *testing.T, path string, s verify.LayerStrength, by float64) string {
	t.Helper()
	source, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = source.Close() }()
	m := source.Model().Clone()
	moved(t, m, s, by)
	return saved(t, "changed.onnx", m)
}

// constantWeights is an engine that wants weights to be constant.
type constantWeights struct{ reference.Reference }

func (e *constantWeights) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	if len(m.Inputs) > 1 {
		return nil, errors.New("weights must be constant")
	}
	return e.Reference.Open(ctx, m, t)
}

// TestStrengthWithoutAnEngine: an engine that does not run the changed model tells nothing, and fails nothing.
func TestStrengthWithoutAnEngine(t *testing.T) {
	_, _, found, list := sampledOn(t, small(t), &constantWeights{*reference.New()})
	if len(list) != 0 || len(found.Strength) != 5 || len(found.Checks) == 0 {
		t.Errorf("strengths %+v", found.Strength)
	}
}

// builder is an engine that builds a model before it runs, and counts how often it does.
type builder struct {
	reference.Reference
	opened int
}

func (e *builder) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	e.opened++
	s, err := e.Reference.Open(ctx, m, t)
	return timedSession{s}, err
}

type timedSession struct{ backends.Session }

func (timedSession) Time(context.Context, tensor.Map, backends.Timing) (backends.Times, error) {
	return backends.Times{}, nil
}

// TestStrengthOfAnEngineThatBuilds opens no third model on an engine that takes minutes to build one.
func TestStrengthOfAnEngineThatBuilds(t *testing.T) {
	e := &builder{Reference: *reference.New()}
	_, _, found, list := sampledOn(t, small(t), e)
	if len(list) != 0 || len(found.Strength) != 5 || e.opened != 2 {
		t.Errorf("%d models are opened, strengths %+v", e.opened, found.Strength)
	}
}

// TestNoStrengthWhereTheAnswersDiffer says nothing of checks that failed.
func TestNoStrengthWhereTheAnswersDiffer(t *testing.T) {
	a := saved(t, "a.onnx", steep(t, "Relu", 0))
	b := saved(t, "b.onnx", steep(t, "Relu", 1e-3))
	found, err := toolbox().Verify(t.Context(), pairOf(t, a, b), acdeploy.VerifySettings{Options: verify.Defaults()}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if found.Equal || found.Strength != nil {
		t.Errorf("equal %v, strengths %+v", found.Equal, found.Strength)
	}
}
