package html

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

func TestBoxes(t *testing.T) {
	many := func(kernels ...string) []reports.Layer {
		var list []reports.Layer
		for i, k := range kernels {
			l := layer(string(rune('a'+i)), k, 8)
			if k == "5×5" {
				l.KernelShape = []int64{5, 5}
			}
			list = append(list, l)
		}
		return list
	}
	for want, list := range map[string][]reports.Layer{
		"":                    nil,
		"3×3 1×1 2_BN":        many("3×3", "BN", "1×1", "BN"),
		"3×3 BN":              many("3×3", "BN"),
		"1×1 3×3_(4)":         many("1×1", "3×3", "3×3", "3×3", "3×3"),
		"3×3 3×3 3×3 3×3":     many("3×3", "3×3", "3×3", "3×3"),
		"Gemm":                {{Name: "g", OpType: "Gemm"}},
		"Gemm MatMul Conv +2": {{OpType: "Gemm"}, {OpType: "MatMul"}, {OpType: "Conv"}, {OpType: "D"}, {OpType: "E"}},
	} {
		var got []string
		for _, w := range boxes(list) {
			got = append(got, strings.ReplaceAll(w[0], " ", "_"))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("got %s, want %s", s, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	for want, l := range map[string]reports.Layer{
		"c: Conv 3×1 4 → 8, strides 2×1, group 4": {Name: "c", OpType: "Conv", KernelShape: []int64{3, 1}, Strides: []int64{2, 1}, Group: 4, InChannels: 4, OutChannels: 8},
		"n: BatchNormalization 4":                 {Name: "n", OpType: "BatchNormalization", InChannels: 4, OutChannels: 4},
		"m: MatMul":                               {Name: "m", OpType: "MatMul"},
		`\u202e: MatMul`:                          {Name: "\u202e", OpType: "MatMul"},
	} {
		if got := describe(l); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// What was left says why and what to do; what was changed says how.
func TestHow(t *testing.T) {
	r := &row{passes: []string{"fold_batchnorm", "fuse_branches"}, left: []reports.Refusal{{Pass: "p", Node: "n", Reason: "costlier", Detail: "use another"}}}
	if got := hint(r); got != "left, with a reason; n left by p, costlier: use another" {
		t.Errorf("got %s", got)
	}
	if got := hint(&row{passes: r.passes, trained: []reports.Layer{layer("n", "3×3", 8)}}); got != "changed by fold_batchnorm, fuse_branches" {
		t.Errorf("got %s", got)
	}
	if got := caption([]*row{r}); got != "left: costlier" {
		t.Errorf("got %s", got)
	}
}

func TestRest(t *testing.T) {
	n, list := rest(reports.Graph{Nodes: 9, Ops: map[string]int{"Conv": 3, "Relu": 2, "Add": 3, "Gemm": 1}})
	if n != 5 || list != "3 Add, 2 Relu" {
		t.Errorf("%d: %s", n, list)
	}
	if n, _ := rest(reports.Graph{Ops: map[string]int{"Conv": 3}}); n != 0 {
		t.Errorf("%d nodes are no layers in a report that counts none", n)
	}
}
