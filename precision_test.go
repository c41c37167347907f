package acdeploy_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

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
