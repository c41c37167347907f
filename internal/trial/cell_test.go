package main

import (
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/internal/memo"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// opened is a cell of a small network.
func openedCell(t *testing.T, s subject, head string) *cell {
	t.Helper()
	tools := toolbox()
	tools.Exact = memo.New(1 << 28).Open(tools.Exact)
	c, err := openCell(t.Context(), tools, s, tensor.Float32, head, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// TestCell tries a mutant of each kind. A wrong pass and a changed number of the file have to be noticed.
func TestCell(t *testing.T) {
	c := openedCell(t, zooSubject(t, "lenet5"), "ArgMax")
	for _, w := range []way{inMemory, foreign} {
		if alarm, unsure, err := c.right(t.Context(), w); alarm != "" || unsure != "" || err != nil {
			t.Errorf("the right model, %s: %q, %q, %v", w, alarm, unsure, err)
		}
	}
	seen := map[mutant.Kind]bool{}
	for k, kind := range mutant.Kinds() {
		o, ok, err := c.try(t.Context(), mutantOf{kind, 1e-3, uint64(k)})
		if err != nil || !ok {
			t.Fatalf("%s: %t, %v", kind, ok, err)
		}
		seen[o.fault.Kind] = true
		if o.sameBytes || o.sameValue {
			continue
		}
		if by := o.in[inMemory].by; by != byAlgebra {
			t.Errorf("%s, in memory: noticed by %q", o.fault, by)
		}
		if by := o.in[inFile].by; by != byBytes && (kind == mutant.Layer || kind == mutant.Channel || kind == mutant.Swap) {
			t.Errorf("%s, in the file: noticed by %q", o.fault, by)
		}
	}
	if len(seen) < 5 {
		t.Errorf("only %v were tried", seen)
	}
}

// TestJudge names the first statement that fails.
func TestJudge(t *testing.T) {
	off := func(change func(r *verify.Result)) *acdeploy.Verification {
		v := &acdeploy.Verification{}
		v.Proof = verify.Algebra
		v.Checks = []verify.Check{{Backend: byFloat64, Outputs: []verify.Output{{Name: "y", Equal: true}}}}
		change(&v.Result)
		return v
	}
	region := func(rel verify.Number) *verify.AlgebraResult {
		return &verify.AlgebraResult{Regions: 1, Compared: 1, Worst: &verify.RegionResult{MaxRel: rel, Bound: 1e-12}}
	}
	number := verify.BytesResult{Tensors: []verify.TensorBytes{{Name: "w", Relative: 1}}}
	unequal := verify.Check{Backend: "ort", Outputs: []verify.Output{{Name: "y", MaxRel: 1}}}
	for want, v := range map[string]*acdeploy.Verification{
		"":        off(func(r *verify.Result) { r.Equal = true }),
		byAlgebra: off(func(r *verify.Result) { r.Algebra = region(1) }),
		byBytes:   off(func(r *verify.Result) { r.Algebra = region(1); r.Bytes = &number }),
		byOutputs: off(func(r *verify.Result) { r.Checks[0].Outputs[0].Equal = false }),
		byEngine:  off(func(r *verify.Result) { r.Checks = append(r.Checks, unequal) }),
	} {
		if got := judge(v, nil); got.by != want {
			t.Errorf("noticed by %q, want %q", got.by, want)
		}
	}
	if got := judge(nil, errors.New("it does not run")); got.by != byError {
		t.Errorf("noticed by %q", got.by)
	}
}

// TestEpsilon changes weights by what no rounding of the type explains.
func TestEpsilon(t *testing.T) {
	for elem, want := range map[tensor.Type]float64{tensor.Float32: 1e-3, tensor.Float16: 1.0 / 128, tensor.BFloat16: 1.0 / 16} {
		if got := epsilonOf(elem); got != want {
			t.Errorf("%s: %g, want %g", elem, got, want)
		}
	}
}
