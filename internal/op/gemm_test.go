package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestReadGemm(t *testing.T) {
	got, err := op.ReadGemm(node(13, "Gemm", []input{"a", "b"}))
	if want := (op.Gemm{Alpha: 1, Beta: 1}); got != want || err != nil {
		t.Errorf("%+v: %v", got, err)
	}
	got, err = op.ReadGemm(node(13, "Gemm", []input{"a", "b", "c"}, graph.FloatAttr("alpha", 0.5), graph.FloatAttr("beta", 2), graph.IntAttr("transB", 1)))
	if want := (op.Gemm{Alpha: 0.5, Beta: 2, TransB: true}); got != want || err != nil {
		t.Errorf("%+v: %v", got, err)
	}
	_, err = op.ReadGemm(node(13, "Gemm", []input{"a"}))
	wantError(t, err, "its input B is absent")
}
