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

// TestConditionsThatCannotBeMeasured allows nothing where float64 does not run the graph.
func TestConditionsThatCannotBeMeasured(t *testing.T) {
	found, err := verified(t, layered(t, "Gemm", "Sin"), &coarse{*reference.New(), "fp32", 3e-6}, verify.Defaults(), func(tools *acdeploy.Toolbox) {
		tools.Exact = func(*graph.Model) (verify.Exact, error) { return nil, errors.New("it is not known") }
	})
	if err != nil || found.Equal || len(found.Checks) != 1 || len(found.Skipped) != 1 {
		t.Errorf("%v: %+v", err, found)
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
