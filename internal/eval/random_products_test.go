package eval_test

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
)

// products are sums of products, and pools.
func products() map[string]func(m maker) example {
	table := map[string]func(m maker) example{}
	table["MatMul"] = func(m maker) example {
		k := 1 + m.Int64N(4)
		batch := m.shape(m.IntN(3))
		a, b := append(slices.Clone(batch), 1+m.Int64N(3), k), append(m.spread(batch), k, 1+m.Int64N(3))
		if m.IntN(3) == 0 {
			a = []int64{k}
		}
		if m.IntN(3) == 0 {
			b = []int64{k}
		}
		return example{13, "MatMul", of(m.numbers(a), m.numbers(b)), nil, 0}
	}
	table["MatMulInteger"] = func(m maker) example {
		k := 1 + m.Int64N(4)
		x := example{10, "MatMulInteger", of(m.bytes([]int64{2, k}), m.bytes([]int64{k, 3})), nil, 0}
		if m.IntN(2) == 0 {
			x.in = append(x.in, m.bytes(nil), m.bytes(nil))
		}
		return x
	}
	table["Gemm"] = func(m maker) example {
		k, n := 1+m.Int64N(4), 1+m.Int64N(4)
		return example{13, "Gemm", of(m.numbers([]int64{2, k}), m.numbers([]int64{k, n}), m.numbers(m.spread([]int64{2, n}))), with(graph.FloatAttr("alpha", 0.5), graph.FloatAttr("beta", 2)), 0}
	}
	table["Einsum"] = func(m maker) example {
		return example{13, "Einsum", of(m.numbers([]int64{2, 3}), m.numbers([]int64{3, 2})), with(graph.StringAttr("equation", []string{"ij,jk->ik", "ij,jk", "ij,ji->", "ab,ba->ba", "...j,jk->k...", "i...,...k"}[m.IntN(6)])), 0}
	}
	table["Conv"] = func(m maker) example { return m.convolution(false) }
	table["ConvTranspose"] = func(m maker) example { return m.convolution(true) }
	table["ConvInteger"] = func(m maker) example {
		x := m.convolution(false)
		x.opset, x.op, x.in = 10, "ConvInteger", of(m.bytes(x.in[0].Shape()), m.bytes(x.in[1].Shape()))
		switch m.IntN(3) {
		case 0:
			x.in = append(x.in, m.bytes(nil), m.bytes([]int64{1}))
		case 1:
			x.in = append(x.in, m.bytes(nil), m.bytes(x.in[1].Shape()[:1]))
		}
		return x
	}
	for _, op := range []string{"MaxPool", "AveragePool", "LpPool"} {
		table[op] = func(m maker) example { return m.pool(op) }
	}
	for _, op := range []string{"GlobalAveragePool", "GlobalMaxPool"} {
		table[op] = func(m maker) example { return example{13, op, of(m.numbers(m.shape(3 + m.IntN(2)))), nil, 0} }
	}
	return table
}

// convolution is one of one or two spatial axes with strides, dilations, pads and groups.
func (m maker) convolution(transposed bool) example {
	axes := 1 + m.IntN(2)
	group, each, out := 1+m.Int64N(2), 1+m.Int64N(2), 1+m.Int64N(2)
	x, w := []int64{1 + m.Int64N(2), group * each}, []int64{group * out, each}
	op := "Conv"
	if transposed {
		op, w = "ConvTranspose", []int64{group * each, out}
	}
	var pads, strides, dilations []int64
	for range axes {
		x, w = append(x, 5+m.Int64N(4)), append(w, 1+m.Int64N(3))
		pads, strides, dilations = append(pads, m.Int64N(2), m.Int64N(2)), append(strides, 1+m.Int64N(2)), append(dilations, 1+m.Int64N(2))
	}
	bias := []int64{group * out}
	if transposed && m.IntN(3) == 0 {
		given := graph.StringAttr("auto_pad", []string{"SAME_UPPER", "SAME_LOWER", "VALID"}[m.IntN(3)])
		if m.IntN(2) == 0 {
			sizes := make([]int64, axes)
			for i := range sizes {
				sizes[i] = x[2+i]*strides[i] + m.Int64N(5)
			}
			given = graph.IntsAttr("output_shape", sizes...)
		}
		return example{11, op, of(m.numbers(x), m.numbers(w), m.numbers(bias)), with(given, graph.IntAttr("group", group),
			graph.IntsAttr("strides", strides...), graph.IntsAttr("dilations", dilations...)), 0}
	}
	return example{11, op, of(m.numbers(x), m.numbers(w), m.numbers(bias)), with(graph.IntAttr("group", group),
		graph.IntsAttr("pads", pads...), graph.IntsAttr("strides", strides...), graph.IntsAttr("dilations", dilations...)), 0}
}

func (m maker) pool(op string) example {
	axes := 1 + m.IntN(2)
	x := m.shape(2)
	var kernel, pads, strides []int64
	for range axes {
		x, kernel = append(x, 5+m.Int64N(4)), append(kernel, 2+m.Int64N(2))
		pads, strides = append(pads, m.Int64N(2), m.Int64N(2)), append(strides, 1+m.Int64N(2))
	}
	e := example{18, op, of(m.numbers(x)), with(graph.IntsAttr("kernel_shape", kernel...), graph.IntsAttr("pads", pads...), graph.IntsAttr("strides", strides...)), 0}
	ceil := m.Int64N(2)
	e.attrs = append(e.attrs, graph.IntAttr("ceil_mode", ceil))
	switch op {
	case "AveragePool":
		e.attrs = append(e.attrs, graph.IntAttr("count_include_pad", m.Int64N(2-ceil)))
	case "LpPool":
		e.attrs = append(e.attrs, graph.IntAttr("p", 1+m.Int64N(2)))
	default:
		e.outputs = 2
	}
	return e
}

// moves are operators that move elements.
func moves() map[string]func(m maker) example {
	table := map[string]func(m maker) example{}
	table["Pad"] = func(m maker) example {
		shape := m.shape(1 + m.IntN(2))
		mode := []string{"constant", "reflect", "edge", "wrap"}[m.IntN(4)]
		pads := make([]int64, 2*len(shape))
		for i := range pads {
			if pads[i] = m.Int64N(shape[i%len(shape)]); mode == "constant" {
				pads[i] = m.Int64N(3)
			}
		}
		in := of(m.numbers(shape), ints(pads...))
		if mode == "constant" {
			in = append(in, scalar(0.5))
		}
		return example{19, "Pad", in, with(graph.StringAttr("mode", mode)), 0}
	}
	table["Compress"] = func(m maker) example {
		shape := m.some()
		axis := m.IntN(len(shape))
		return example{11, "Compress", of(m.any(shape), m.flags(shape[axis:axis+1])), with(graph.IntAttr("axis", int64(axis))), 0}
	}
	table["NonZero"] = func(m maker) example { return example{13, "NonZero", of(m.floats(m.some(), 0, 0.25)), nil, 0} }
	table["GatherND"] = func(m maker) example {
		shape := []int64{3, 2, 4}
		if m.IntN(2) == 0 {
			return example{13, "GatherND", of(m.any(shape), m.long([]int64{2, 2}, -2, 1)), nil, 0}
		}
		return example{13, "GatherND", of(m.any(shape), m.long([]int64{3, 2, 1}, -2, 1)), with(graph.IntAttr("batch_dims", 1)), 0}
	}
	table["ReverseSequence"] = func(m maker) example {
		time := m.Int64N(2)
		shape := append([]int64{3, 3}, m.shape(m.IntN(2))...)
		return example{10, "ReverseSequence", of(m.numbers(shape), m.long([]int64{3}, 1, 3)), with(graph.IntAttr("time_axis", time), graph.IntAttr("batch_axis", 1-time)), 0}
	}
	table["DepthToSpace"] = func(m maker) example {
		return example{13, "DepthToSpace", of(m.any([]int64{2, 8, 2, 3})), with(graph.IntAttr("blocksize", 2), graph.StringAttr("mode", []string{"DCR", "CRD"}[m.IntN(2)])), 0}
	}
	table["SpaceToDepth"] = func(m maker) example {
		return example{13, "SpaceToDepth", of(m.any([]int64{2, 3, 4, 6})), with(graph.IntAttr("blocksize", 2)), 0}
	}
	table["ScatterElements"] = func(m maker) example {
		at := m.long([]int64{2, 3}, 0, 1)
		e := example{18, "ScatterElements", of(m.numbers([]int64{3, 3}), at, m.numbers([]int64{2, 3})), with(graph.StringAttr("reduction", []string{"add", "mul", "max", "min"}[m.IntN(4)])), 0}
		return e
	}
	table["ScatterND"] = func(m maker) example {
		return example{18, "ScatterND", of(m.numbers([]int64{3, 3}), m.long([]int64{4, 1}, -3, 2), m.numbers([]int64{4, 3})), with(graph.StringAttr("reduction", []string{"add", "mul", "max", "min"}[m.IntN(4)])), 0}
	}
	table["Scatter"] = func(m maker) example {
		return example{9, "Scatter", of(m.numbers([]int64{3, 3}), ints2(1, 3, 2, 0, 1), m.numbers([]int64{1, 3})), nil, 0}
	}
	table["OneHot"] = func(m maker) example {
		return example{11, "OneHot", of(m.long(m.shape(2), -3, 3), integer(4), floats(0.5, 2)), with(graph.IntAttr("axis", m.Int64N(6)-3)), 0}
	}
	table["Range"] = func(m maker) example {
		if m.IntN(2) == 0 {
			return example{11, "Range", of(integer(m.Int64N(5)), integer(9), integer(1+m.Int64N(3))), nil, 0}
		}
		return example{11, "Range", of(scalar(float32(m.IntN(3))), scalar(4), scalar(0.5)), nil, 0}
	}
	table["Trilu"] = func(m maker) example {
		return example{14, "Trilu", of(m.any(m.shape(2+m.IntN(2))), integer(m.Int64N(4)-2)), with(m.flag("upper")), 0}
	}
	for _, op := range []string{"HannWindow", "HammingWindow", "BlackmanWindow"} {
		table[op] = func(m maker) example {
			return example{17, op, of(integer(2 + m.Int64N(9))), with(m.flag("periodic")), 0}
		}
	}
	table["Resize"] = func(m maker) example {
		shape := []int64{1, 2, 2 + m.Int64N(4), 2 + m.Int64N(4)}
		scale := []float32{0.5, 1.5, 2, 3}[m.IntN(4)]
		e := example{13, "Resize", of(m.numbers(shape), nil, floats(1, 1, scale, 2)), with(
			graph.StringAttr("mode", []string{"nearest", "linear", "cubic"}[m.IntN(3)]),
			graph.StringAttr("coordinate_transformation_mode", []string{"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"}[m.IntN(4)]),
			graph.StringAttr("nearest_mode", []string{"floor", "ceil", "round_prefer_floor", "round_prefer_ceil"}[m.IntN(4)])), 0}
		switch m.IntN(4) {
		case 0:
			e.in = of(e.in[0], nil, nil, ints(1, 2, 4, 8))
		case 1:
			e.opset, e.in[2] = 18, floats(1, 1, 0.5, 0.75)
			e.attrs = append(e.attrs, graph.IntAttr("antialias", 1), m.flag("exclude_outside"))
		}
		return e
	}
	table["Upsample"] = func(m maker) example {
		return example{9, "Upsample", of(m.numbers([]int64{1, 2, 3, 2}), floats(1, 1, 2, 3)), with(graph.StringAttr("mode", []string{"nearest", "linear"}[m.IntN(2)])), 0}
	}
	return table
}
