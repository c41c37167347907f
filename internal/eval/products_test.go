package eval_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestProducts(t *testing.T) {
	equation := func(s string) []*graph.Attr { return with(graph.StringAttr("equation", s)) }
	same := with(graph.StringAttr("auto_pad", "SAME_UPPER"), graph.IntsAttr("strides", 2, 2))
	agree(t, map[string]example{
		"Conv": {13, "Conv", of(numbers(2, 4, 5, 6), numbers(6, 2, 3, 2), numbers(6)), with(
			graph.IntAttr("group", 2), graph.IntsAttr("pads", 1, 0, 2, 1), graph.IntsAttr("strides", 2, 1), graph.IntsAttr("dilations", 1, 2)), 0},
		"Conv without bias":             {13, "Conv", of(numbers(1, 1, 3), numbers(1, 1, 3)), nil, 0},
		"Conv of same sizes":            {13, "Conv", of(numbers(1, 1, 5, 6), numbers(1, 1, 3, 3)), same, 0},
		"MatMul":                        {13, "MatMul", of(numbers(2, 3), numbers(3, 4)), nil, 0},
		"MatMul of many":                {13, "MatMul", of(numbers(2, 1, 2, 3), numbers(3, 3, 4)), nil, 0},
		"Gemm":                          {13, "Gemm", of(numbers(3, 2), numbers(4, 3), numbers(4)), with(graph.IntAttr("transA", 1), graph.IntAttr("transB", 1), graph.FloatAttr("alpha", 0.5), graph.FloatAttr("beta", 2)), 0},
		"Gemm of two":                   {13, "Gemm", of(numbers(2, 3), numbers(3, 4)), nil, 0},
		"Einsum":                        {13, "Einsum", of(numbers(2, 3), numbers(3, 4)), equation("ij, jk -> ki"), 0},
		"Einsum of an image":            {13, "Einsum", of(numbers(2, 3, 4), numbers(5, 3)), equation("bcl,oc->bol"), 0},
		"MatMul of a list and a matrix": {13, "MatMul", of(numbers(3), numbers(3, 4)), nil, 0},
		"MatMul of matrices and a list": {13, "MatMul", of(numbers(2, 5, 3), numbers(3)), nil, 0},
		"MatMul of two lists":           {13, "MatMul", of(numbers(3), numbers(3)), nil, 0},
		"Einsum of many":                {13, "Einsum", of(numbers(2, 1, 2, 3), numbers(4, 3)), equation("...ij,...j->...i"), 0},
		"Einsum of a diagonal":          {13, "Einsum", of(numbers(2, 3, 3)), equation("...ii->...i"), 0},
		"Einsum to one value":           {13, "Einsum", of(numbers(3), numbers(3)), equation("i,i->"), 0},
	})
	left(t, map[string]example{
		"a kernel over the edge":   {13, "Conv", of(numbers(1, 1, 2), numbers(1, 1, 3)), nil, 0},
		"a Conv that crops":        {13, "Conv", of(numbers(1, 1, 4), numbers(1, 1, 3)), with(graph.IntsAttr("pads", -1, 0)), 0},
		"other channels":           {13, "Conv", of(numbers(1, 2, 4), numbers(1, 1, 3)), nil, 0},
		"a bias of another length": {13, "Conv", of(numbers(1, 1, 4), numbers(2, 1, 3), numbers(1)), nil, 0},
		"a MatMul of integers":     {13, "MatMul", of(numbers(1, 1), ints(1)), nil, 0},
		"a Gemm of other sizes":    {13, "Gemm", of(numbers(2, 3), numbers(2, 4)), nil, 0},
		"a Gemm with too much":     {13, "Gemm", of(numbers(2, 3), numbers(3, 4), numbers(3, 4)), nil, 0},
		"Det of no square":         {11, "Det", of(numbers(2, 3)), nil, 0},
		"integers past float64":    {13, "MatMul", of(ints(1<<40), ints(1<<40)), nil, 0},
		"sizes that do not meet":   {13, "Einsum", of(numbers(3), numbers(4)), equation("i,i->i"), 0},
	})
}

// TestDet: matrices of which the determinant is known.
func TestDet(t *testing.T) {
	x := tensor.Of([]int64{4, 3, 3},
		1, 0, 0, 0, 2, 0, 0, 0, 3,
		0, 1, 0, 1, 0, 0, 0, 0, float32(1),
		1, 2, 3, 4, 5, 6, 7, 8, 9,
		2, -1, 0, -1, 2, -1, 0, -1, 2)
	m, n := example{11, "Det", of(x), nil, 0}.build()
	got, _, ok := evaluator(m).Result(n, 0)
	if !ok {
		t.Fatal("it is not computed")
	}
	compare(t, got, tensor.Of([]int64{4}, 6, -1, 0, float32(4)))
}

// TestProductsOfIntegers: exact, with the zero points of quantised ones taken off.
func TestProductsOfIntegers(t *testing.T) {
	bytes := func(shape []int64, v ...uint8) *tensor.Tensor { return tensor.Of(shape, v...) }
	for name, c := range map[string]struct {
		x    example
		want *tensor.Tensor
	}{
		"MatMul":        {example{13, "MatMul", of(ints2(2, 2, 3, -4, 1, 2), ints2(2, 1, 5, 6)), nil, 0}, ints2(2, 1, -9, 17)},
		"MatMulInteger": {example{10, "MatMulInteger", of(bytes([]int64{1, 2}, 7, 200), bytes([]int64{2, 1}, 3, 1), bytes(nil, 10), bytes(nil, 2)), nil, 0}, tensor.Of([]int64{1, 1}, int32(-193))},
	} {
		m, n := c.x.build()
		got, _, ok := evaluator(m).Result(n, 0)
		if !ok {
			t.Fatalf("%s is not computed", name)
		}
		compare(t, got, c.want)
	}
}
