package shapes_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestWindows(t *testing.T) {
	infer(t, map[string]rule{
		"same pads keep the term":   {image(), func(n net) *graph.Value { return n.conv(n.x, 8, 3, 1, 1) }, "N 8 H 32"},
		"no pads take from it":      {image(), func(n net) *graph.Value { return n.conv(n.x, 8, 3, 1, 0) }, "N 8 H-2 30"},
		"a stride makes a new term": {image(), func(n net) *graph.Value { return n.conv(n.x, 8, 3, 2, 1) }, "N 8 ?2 16"},
		"an unknown kernel":         {image(), func(n net) *graph.Value { return n.node("Conv", []*graph.Value{n.x, n.on("Custom", n.x)}) }, "N ?2 ?3 ?4"},
		"global pool":               {image(), func(n net) *graph.Value { return n.on("GlobalAveragePool", n.x) }, "N 3 1 1"},
		"a negative size is not":    {newNet(1, 1, 2, 2), func(n net) *graph.Value { return n.conv(n.x, 1, 7, 1, 0) }, "unknown"},
		"matrix products": {newNet("N", 4, 7), func(n net) *graph.Value {
			return n.node("MatMul", []*graph.Value{n.x, n.on("Transpose", n.x, graph.IntsAttr("perm", 0, 2, 1))})
		}, "N 4 4"},
		"einsum": {newNet("N", 4, "H"), func(n net) *graph.Value {
			return n.node("Einsum", []*graph.Value{n.x, n.zeros(5, 4)}, graph.StringAttr("equation", "bch, oc -> boh"))
		}, "N 5 H"},
		"einsum of a letter that is nowhere": {newNet("N", 4), func(n net) *graph.Value {
			return n.on("Einsum", n.x, graph.StringAttr("equation", "ab->abc"))
		}, "unknown"},
		"a pool that rounds up": {image(), func(n net) *graph.Value {
			return n.on("MaxPool", n.x, graph.IntsAttr("kernel_shape", 2, 2), graph.IntsAttr("strides", 2, 2), graph.IntAttr("ceil_mode", 1))
		}, "N 3 ?3 16"},
		"a last window that begins on the image": {newNet("N", 3, 6, 9), func(n net) *graph.Value {
			return n.on("MaxPool", n.x, graph.IntsAttr("kernel_shape", 3, 3), graph.IntsAttr("strides", 2, 2), graph.IntAttr("ceil_mode", 1))
		}, "N 3 3 4"},
		"a last window on padding only": {newNet("N", 3, 7, 5), func(n net) *graph.Value {
			return n.on("AveragePool", n.x, graph.IntsAttr("kernel_shape", 1, 1), graph.IntsAttr("strides", 4, 4), graph.IntsAttr("pads", 0, 0, 2, 3), graph.IntAttr("ceil_mode", 1))
		}, "N 3 3 ?1"},
		"a transposed convolution": {image(), func(n net) *graph.Value {
			return n.node("ConvTranspose", []*graph.Value{n.x, n.zeros(3, 4, 2, 2)}, graph.IntsAttr("strides", 2, 2), graph.IntAttr("group", 2))
		}, "N 8 ?2 64"},
		"auto_pad": {image(), func(n net) *graph.Value {
			return n.node("Conv", []*graph.Value{n.x, n.zeros(4, 3, 3, 3)}, graph.StringAttr("auto_pad", "SAME_UPPER"), graph.IntsAttr("strides", 1, 2))
		}, "N 4 H 16"},
	})
}
