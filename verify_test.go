package acdeploy_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// layered is one layer, whose result is multiplied before a function.
func layered(t *testing.T, layer, squash string) *graph.Model {
	t.Helper()
	r := rand.New(rand.NewPCG(4, 4))
	shape := []int64{1, 8}
	if strings.HasPrefix(layer, "Conv") {
		shape = []int64{1, 8, 3, 3}
	}
	n := newNet(t, tensor.Float32, shape...)
	drawn := func(shape ...int64) *graph.Value {
		return n.drawn(func() float64 { return 1 + r.Float64() }, shape...)
	}
	in := []*graph.Value{n.x}
	switch layer {
	case "BatchNormalization":
		in = append(in, drawn(8), drawn(8), drawn(8), drawn(8))
	case "Abs":
	case "Gemm", "MatMul":
		in = append(in, drawn(8, 8))
	default:
		in = append(in, drawn(8, 8, 1, 1))
	}
	return n.output(n.node(squash, n.node("Mul", n.node(layer, in...), n.number(20))))
}

// verified compares a model with itself on an engine.
func verified(t *testing.T, m *graph.Model, engine backends.Backend, options verify.Options, change ...func(tools *acdeploy.Toolbox)) (*acdeploy.Verification, error) {
	t.Helper()
	a, b := saved(t, "baseline.onnx", m), filepath.Join(t.TempDir(), "copy.onnx")
	raw, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(b, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	tools := toolbox()
	tools.Launch = nil // a worker does not know the engine
	tools.Backends = catalog.Catalog[backends.Backend]{{Name: "coarse", Doc: "for tests", New: func() backends.Backend { return engine }}}
	for _, c := range change {
		c(&tools)
	}
	plan := acdeploy.VerifySettings{Options: options, Backends: chosen(t, tools, "coarse")}
	return tools.Verify(t.Context(), pairOf(t, a, b), plan, nil)
}

// TestConditions allows an output to differ by as much more as it moves when the parameters of a layer do,
// and not by more than a bound, nor than a tolerance that is given.
func TestConditions(t *testing.T) {
	given := verify.Defaults()
	given.Tolerance = 1e-7
	for name, c := range map[string]struct {
		layer, squash string
		off           float64
		options       verify.Options
		equal         bool
	}{
		"Conv":               {"Conv", "Sin", 3e-6, verify.Defaults(), true},
		"ConvTranspose":      {"ConvTranspose", "Sin", 3e-6, verify.Defaults(), true},
		"Gemm":               {"Gemm", "Sin", 3e-6, verify.Defaults(), true},
		"MatMul":             {"MatMul", "Sin", 3e-6, verify.Defaults(), true},
		"BatchNormalization": {"BatchNormalization", "Sin", 3e-6, verify.Defaults(), true},
		"no_layer":           {"Abs", "Sin", 3e-6, verify.Defaults(), false},
		"no_function":        {"Gemm", "Relu", 3e-6, verify.Defaults(), false},
		"far_off":            {"Gemm", "Sin", 2e-3, verify.Defaults(), false},
		"tolerance_given":    {"Gemm", "Sin", 3e-6, given, false},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := verified(t, layered(t, c.layer, c.squash), &coarse{*reference.New(), "fp32", c.off}, c.options)
			if err != nil {
				t.Fatal(err)
			}
			if found.Equal != c.equal {
				t.Errorf("equal is %t: %+v", found.Equal, found.Checks)
			}
			last := found.Checks[len(found.Checks)-1].Outputs[0]
			if said := strings.Contains(last.Detail, "times as far as the parameters"); said != c.equal {
				t.Errorf("the reason is %q", last.Detail)
			}
		})
	}
}

// TestWithoutFloat64 allows what the engine is from itself with the first model, where float64 does not run the graph.
func TestWithoutFloat64(t *testing.T) {
	for off, equal := range map[float64]bool{3e-6: true, 1e-3: false} {
		found, err := verified(t, layered(t, "Gemm", "Sin"), &coarse{*reference.New(), "fp32", off}, verify.Defaults(), func(tools *acdeploy.Toolbox) {
			tools.Exact = func(*graph.Model) (verify.Exact, error) { return nil, errors.New("it is not known") }
		})
		if err != nil || found.Equal != equal || len(found.Checks) != 1 || len(found.Skipped) != 1 {
			t.Errorf("off by %g: %v: %+v", off, err, found)
		}
	}
}

// picky is an engine that does not run the model of some name.
type picky struct {
	reference.Reference
	name string
	err  error
}

func (p *picky) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	if filepath.Base(m.Path) != p.name {
		return p.Reference.Open(ctx, m, t)
	}
	return nil, p.err
}

// TestEngineThatDoesNotRunAModel leaves an engine out that cannot run the original, and says so; one that
// cannot run the fused model fails.
func TestEngineThatDoesNotRunAModel(t *testing.T) {
	failure := errors.New("no kernel for it")
	for name, c := range map[string]struct {
		file   string
		err    error
		reason string // of the skip; "" for an error
	}{
		"original":    {"baseline.onnx", failure, "it does not run the original: no kernel for it"},
		"unavailable": {"baseline.onnx", &backends.Unavailable{Reason: "it is gone", Remedy: "bring it back"}, "it is gone"},
		"fused":       {"copy.onnx", failure, ""},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := verified(t, layered(t, "Gemm", "Relu"), &picky{Reference: *reference.New(), name: c.file, err: c.err}, verify.Defaults())
			if c.reason == "" {
				if !errors.Is(err, failure) {
					t.Errorf("%v, %+v", err, found)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(found.Skipped) != 1 || found.Skipped[0].Reason != c.reason || found.Skipped[0].Remedy == "" || len(found.Checks) != 1 {
				t.Errorf("skipped %+v, checks %+v", found.Skipped, found.Checks)
			}
		})
	}
}

// coarse is an engine that computes in the precision that it is told, and answers a part off.
type coarse struct {
	reference.Reference
	precision string
	off       float64
}

func (c *coarse) Describe() backends.Description {
	return backends.Description{Name: "coarse", Precision: c.precision}
}

func (c *coarse) Open(ctx context.Context, m backends.Model, t backends.Tuning) (backends.Session, error) {
	s, err := c.Reference.Open(ctx, m, t)
	if err == nil && strings.HasSuffix(m.Path, "baseline.onnx") {
		return s, nil
	}
	return coarseSession{s, c.off}, err
}

type coarseSession struct {
	backends.Session
	off float64
}

func (s coarseSession) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	out, err := s.Session.Run(ctx, in)
	for name, t := range out {
		var values []float32
		for _, v := range t.Float64s() {
			values = append(values, float32(v*(1+s.off)))
		}
		out[name] = tensor.Of(t.Shape(), values...)
	}
	return out, err
}

// TestPrecisionOfAnEngineIsAllowed compares a model with itself on engines that are off by as much as their
// precision explains, and by more.
func TestPrecisionOfAnEngineIsAllowed(t *testing.T) {
	const a = "examples/cifar_quick/baseline.onnx"
	raw, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	b := filepath.Join(t.TempDir(), "copy.onnx")
	if err := os.WriteFile(b, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		precision string
		off       float64
		equal     bool
	}{
		"fp32":          {"fp32", 1e-8, true},
		"fp32_too_far":  {"fp32", 1e-3, false},
		"tf32":          {"tf32", 1e-3, true},
		"fp16":          {"fp16", 1e-3, true},
		"fp16_too_far":  {"fp16", 5e-2, false},
		"bf16":          {"bf16", 1e-2, true},
		"nothing_known": {"", 1e-3, false},
	} {
		t.Run(name, func(t *testing.T) {
			engine := &coarse{*reference.New(), test.precision, test.off}
			tools := toolbox()
			tools.Launch = nil // a worker does not know the engine
			tools.Backends = catalog.Catalog[backends.Backend]{{Name: "coarse", Doc: "for tests", New: func() backends.Backend { return engine }}}
			plan := acdeploy.VerifySettings{Options: verify.Defaults(), Backends: chosen(t, tools, "coarse")}
			found, err := tools.Verify(t.Context(), pairOf(t, a, b), plan, nil)
			if err != nil {
				t.Fatal(err)
			}
			if found.Equal != test.equal {
				t.Errorf("equal is %t: %+v", found.Equal, found.Checks)
			}
		})
	}
}

// bend is a pass with a defect: it changes one weight by a relative 1e-9, once.
type bend struct{ factor float64 }

// bent multiplies another recipe.
type bent struct {
	tensor.Recipe
	factor float64
}

func (b bent) Row(dst []float64, row int) {
	b.Recipe.Row(dst, row)
	for i := range dst {
		dst[i] *= b.factor
	}
}

func (b *bend) Run(_ context.Context, r *pipeline.Rewriter) error {
	for v := range r.Graph().Initializers() {
		t := v.Constant()
		if b.factor != 1 && t != nil && t.Rank() == 4 {
			r.Rewrite(v.Name(), "bent", func() { v.SetData(tensor.Compute(t.Type(), t.Shape(), bent{t, b.factor})) })
			b.factor = 1
		}
	}
	return nil
}

// A defect far below the rounding of the file's own type does not escape the algebra.
func TestRunSeesADefect(t *testing.T) {
	unusable(t)
	for name, factor := range map[string]float64{"sign": -1, "scale": 1 + 1e-10} {
		t.Run(name, func(t *testing.T) {
			tools := toolbox()
			tools.Passes = append(tools.Passes, catalog.Entry[pipeline.Pass]{
				Name: "bend", Doc: "bends", New: func() pipeline.Pass { return &bend{factor} },
			})
			report, err := acdeploy.Run(t.Context(), config(t, "examples/cifar_quick/acnet.onnx"), tools, acdeploy.Settings{}, nil)
			if !errors.Is(err, acdeploy.ErrDiffer) || report.Verify.Equal {
				t.Errorf("got %v, equal %v", err, report.Verify.Equal)
			}
		})
	}
}
