package op_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
)

func TestReadEinsum(t *testing.T) {
	const last, before = "\ue000", "\ue001"
	for equation, c := range map[string]struct {
		ranks []int
		want  op.Einsum
	}{
		"ij, jk -> ki":    {[]int{2, 2}, op.Einsum{Terms: []string{"ij", "jk"}, Result: "ki"}},
		"ba,bc":           {[]int{2, 2}, op.Einsum{Terms: []string{"ba", "bc"}, Result: "ac"}},
		"...ij,jk->...ik": {[]int{4, 2}, op.Einsum{Terms: []string{before + last + "ij", "jk"}, Result: before + last + "ik"}},
		"...ii->...i":     {[]int{2}, op.Einsum{Terms: []string{"ii"}, Result: "i"}},
		"...i,...i":       {[]int{3, 2}, op.Einsum{Terms: []string{before + last + "i", last + "i"}, Result: before + last}},
		"i..., ...->...i": {[]int{2, 1}, op.Einsum{Terms: []string{"i" + last, last}, Result: last + "i"}},
	} {
		n := node(13, "Einsum", []input{"x"}, graph.StringAttr("equation", equation))
		got, err := op.ReadEinsum(n, c.ranks)
		if err != nil || !slices.Equal(got.Terms, c.want.Terms) || got.Result != c.want.Result {
			t.Errorf("%s: %q, %v", equation, got, err)
		}
	}
	for equation, ranks := range map[string][]int{"ij->i": {3}, "i,j": {1}, "..i->i": {2}, "...i...->i": {2}, "ijk...->i": {2}} {
		if got, err := op.ReadEinsum(node(13, "Einsum", []input{"x"}, graph.StringAttr("equation", equation)), ranks); err == nil {
			t.Errorf("%s: %q", equation, got)
		}
	}
}
