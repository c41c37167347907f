package eval_test

import (
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// layers are operators that networks have for data: over constants they are computed, too.
func layers() map[string]func(m maker) example {
	table := map[string]func(m maker) example{}
	for op, gates := range map[string]int64{"RNN": 1, "GRU": 3, "LSTM": 4} {
		table[op] = func(m maker) example { return m.recurrent(op, gates) }
	}
	table["Attention"] = maker.attention
	table["RotaryEmbedding"] = func(m maker) example {
		batch, heads, positions, half := m.size(), m.size(), m.size(), m.size()
		shape, attrs := []int64{batch, heads, positions, 2*half + 2}, with(m.flag("interleaved"), graph.IntAttr("rotary_embedding_dim", 2*half))
		if m.IntN(2) == 0 {
			shape, attrs = []int64{batch, positions, heads * (2*half + 2)}, append(attrs, graph.IntAttr("num_heads", heads))
		}
		if m.IntN(2) == 0 {
			cache := []int64{5, half}
			return example{23, "RotaryEmbedding", of(m.numbers(shape), m.numbers(cache), m.numbers(cache), m.long([]int64{batch, positions}, 0, 4)), attrs, 0}
		}
		cache := []int64{batch, positions, half}
		return example{23, "RotaryEmbedding", of(m.numbers(shape), m.numbers(cache), m.numbers(cache)), attrs, 0}
	}
	for _, op := range []string{"NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss"} {
		table[op] = func(m maker) example {
			x := append([]int64{m.size(), 3}, m.shape(m.IntN(3))...)
			in := of(m.numbers(x), m.whole(slices.Concat(x[:1], x[2:]), 0, 2))
			if m.IntN(2) == 0 {
				in = append(in, m.floats(x[1:2], 0.5, 2))
			}
			attrs := with(graph.StringAttr("reduction", []string{"none", "sum", "mean"}[m.IntN(3)]))
			if m.IntN(2) == 0 {
				attrs = append(attrs, graph.IntAttr("ignore_index", m.Int64N(3)))
			}
			outputs := 1
			if op == "SoftmaxCrossEntropyLoss" {
				outputs = 2
			}
			return example{13, op, in, attrs, outputs}
		}
	}
	table["DFT"] = func(m maker) example {
		shape := append(m.shape(1+m.IntN(2)), 1+m.Int64N(6), 1+m.Int64N(2))
		in, attrs := of(m.numbers(shape)), with(m.flag("onesided"), m.flag("inverse"))
		axis := m.Int64N(int64(len(shape) - 1))
		if m.IntN(2) == 0 {
			in = append(in, integer(1+m.Int64N(7)))
		}
		if m.IntN(2) == 0 {
			return example{17, "DFT", in, append(attrs, graph.IntAttr("axis", axis)), 0}
		}
		if len(in) == 1 {
			in = append(in, nil)
		}
		return example{20, "DFT", append(in, integer(axis-int64(len(shape)))), attrs, 0}
	}
	table["STFT"] = func(m maker) example {
		length := 1 + m.Int64N(5)
		shape := []int64{m.size(), length + m.Int64N(9)}
		if m.IntN(2) == 0 {
			shape = append(shape, 1+m.Int64N(2))
		} else {
			shape = append(shape, 1)
		}
		in := of(m.numbers(shape), integer(1+m.Int64N(3)), m.numbers([]int64{length}), integer(length))
		switch m.IntN(3) {
		case 0:
			in[2] = nil
		case 1:
			in = in[:3]
		}
		return example{17, "STFT", in, with(graph.IntAttr("onesided", 1-shape[2]/2)), 0}
	}
	table["GridSample"] = func(m maker) example {
		axes := 1 + m.IntN(3)
		batch := m.size()
		x, grid := append([]int64{batch, m.size()}, m.shape(axes)...), append([]int64{batch}, m.shape(axes)...)
		mode := []string{"linear", "cubic", "nearest"}[m.IntN(3)]
		return example{20, "GridSample", of(m.numbers(x), m.floats(append(grid, int64(axes)), -2, 2)), with(m.flag("align_corners"),
			graph.StringAttr("mode", mode), graph.StringAttr("padding_mode", []string{"zeros", "border", "reflection"}[m.IntN(3)])), 0}
	}
	table["RoiAlign"] = func(m maker) example {
		x := []int64{2, 2, 3 + m.Int64N(4), 3 + m.Int64N(4)}
		regions := m.size()
		box := m.floats([]int64{regions, 4}, 0, 7)
		attrs := with(graph.IntAttr("output_height", m.size()), graph.IntAttr("output_width", m.size()), graph.IntAttr("sampling_ratio", m.Int64N(3)), graph.FloatAttr("spatial_scale", 0.8125))
		if m.IntN(2) == 0 {
			attrs = append(attrs, graph.StringAttr("coordinate_transformation_mode", "output_half_pixel"))
		}
		return example{m.opset(16, 22), "RoiAlign", of(m.numbers(x), box, m.long([]int64{regions}, 0, 1)), attrs, 0}
	}
	table["DeformConv"] = func(m maker) example {
		group, parts, each, out := 1+m.Int64N(2), 1+m.Int64N(2), 1+m.Int64N(2), m.size()
		kernel, strides := []int64{1 + m.Int64N(3), 1 + m.Int64N(3)}, []int64{1 + m.Int64N(2), 1 + m.Int64N(2)}
		pads, dilations := []int64{m.Int64N(2), m.Int64N(2), m.Int64N(2), m.Int64N(2)}, []int64{1 + m.Int64N(2), 1 + m.Int64N(2)}
		x, places := []int64{m.size(), group * parts * each, 5 + m.Int64N(3), 5 + m.Int64N(3)}, []int64{0, 0}
		for i := range places {
			places[i] = (x[2+i]+pads[i]+pads[2+i]-(kernel[i]-1)*dilations[i]-1)/strides[i] + 1
		}
		taps := kernel[0] * kernel[1]
		in := of(m.numbers(x), m.numbers([]int64{group * out, parts * each, kernel[0], kernel[1]}), m.floats([]int64{x[0], 2 * parts * taps, places[0], places[1]}, -2, 2))
		if m.IntN(2) == 0 {
			in = append(in, m.numbers([]int64{group * out}), m.numbers([]int64{x[0], parts * taps, places[0], places[1]}))
		}
		return example{m.opset(19, 22), "DeformConv", in, with(graph.IntAttr("group", group), graph.IntAttr("offset_group", parts), graph.IntsAttr("pads", pads...),
			graph.IntsAttr("strides", strides...), graph.IntsAttr("dilations", dilations...)), 0}
	}
	table["Col2Im"] = func(m maker) example {
		axes := 1 + m.IntN(2)
		taps, places := int64(1), int64(1)
		var image, block, pads, strides, dilations []int64
		for range axes {
			size, k, s, d := 4+m.Int64N(4), 1+m.Int64N(2), 1+m.Int64N(2), 1+m.Int64N(2)
			pad := m.Int64N(2)
			image, block, strides, dilations, pads = append(image, size), append(block, k), append(strides, s), append(dilations, d), append(pads, pad)
			taps, places = taps*k, places*((size+2*pad-(k-1)*d-1)/s+1)
		}
		return example{18, "Col2Im", of(m.numbers([]int64{m.size(), taps * m.size(), places}), ints(image...), ints(block...)), with(
			graph.IntsAttr("pads", append(pads, pads...)...), graph.IntsAttr("strides", strides...), graph.IntsAttr("dilations", dilations...)), 0}
	}
	table["MaxUnpool"] = func(m maker) example {
		x := m.shape(3 + m.IntN(2))
		axes := len(x) - 2
		kernel, strides := slices.Repeat([]int64{2}, axes), slices.Repeat([]int64{1 + m.Int64N(2)}, axes)
		whole, total := slices.Clone(x), int64(1)
		for i := range axes {
			whole[2+i] = (x[2+i]-1)*strides[i] + 2
		}
		for _, size := range whole {
			total *= size
		}
		return example{11, "MaxUnpool", of(m.numbers(x), m.long(x, 0, total-1)), with(graph.IntsAttr("kernel_shape", kernel...), graph.IntsAttr("strides", strides...)), 0}
	}
	table["NonMaxSuppression"] = func(m maker) example {
		batch, classes, count := m.size(), m.size(), 1+m.Int64N(8)
		in := of(m.floats([]int64{batch, count, 4}, 0, 4), m.distinct([]int64{batch, classes, count}), integer(1+m.Int64N(5)), scalar(float32(m.IntN(4))/7), scalar(0.3))
		return example{11, "NonMaxSuppression", in[:3+m.IntN(3)], with(m.flag("center_point_box")), 0}
	}
	return table
}

// attention is an Attention: of three axes or four, after a past, with a mask, a window or an end of the keys, and with the results that
// tell of its keys, values and scores.
func (m maker) attention() example {
	batch, shared, times, queries, keys, size := m.size(), m.size(), m.size(), m.size(), m.size(), m.size()
	heads := shared * times
	attrs := with(m.flag("is_causal"), graph.FloatAttr("softcap", float32(m.IntN(2))), graph.IntAttr("qk_matmul_output_mode", m.Int64N(4)))
	shapes := [][]int64{{batch, heads, queries, size}, {batch, shared, keys, size}, {batch, shared, keys, 3}}
	if m.IntN(2) == 0 {
		shapes = [][]int64{{batch, queries, heads * size}, {batch, keys, shared * size}, {batch, keys, shared * 3}}
		attrs = append(attrs, graph.IntAttr("q_num_heads", heads), graph.IntAttr("kv_num_heads", shared))
	}
	in := of(m.numbers(shapes[0]), m.numbers(shapes[1]), m.numbers(shapes[2]), nil, nil, nil)
	if m.IntN(2) == 0 {
		past := m.Int64N(3)
		in[4], in[5] = m.numbers([]int64{batch, shared, past, size}), m.numbers([]int64{batch, shared, past, 3})
		keys += past
	}
	switch m.IntN(3) {
	case 0:
		in[3] = m.numbers(m.spread([]int64{batch, heads, queries, keys}))
	case 1:
		in[3] = m.flags([]int64{queries, keys})
	}
	opset := int64(23)
	if m.IntN(2) == 0 {
		opset, in = 24, append(in, m.long([]int64{batch}, 1, keys))
	}
	if m.IntN(2) == 0 {
		attrs = append(attrs, graph.FloatAttr("scale", 0.25))
	}
	return example{opset, "Attention", in, attrs, 4}
}

func (m maker) size() int64 { return 1 + m.Int64N(3) }

// distinct are numbers between 0 and 1 no two of which are equal.
func (m maker) distinct(shape []int64) *tensor.Tensor {
	count, err := tensor.Count(shape)
	if err != nil {
		panic(err)
	}
	list := make([]float32, count)
	for i, p := range m.Perm(count) {
		list[i] = float32(p+1) / float32(count+1)
	}
	return tensor.Of(shape, list...)
}

// recurrent is one of either direction or of both, of sequences of different lengths.
func (m maker) recurrent(op string, gates int64) example {
	direction := []string{"forward", "reverse", "bidirectional"}[m.IntN(3)]
	steps, batch, inputs, hidden, sides := m.size(), m.size(), m.size(), m.size(), int64(1)
	if direction == "bidirectional" {
		sides = 2
	}
	rows, layout := gates*hidden, m.Int64N(2)
	x, state := []int64{steps, batch, inputs}, []int64{sides, batch, hidden}
	if layout == 1 {
		x, state = []int64{batch, steps, inputs}, []int64{batch, sides, hidden}
	}
	in := of(m.numbers(x), m.floats([]int64{sides, rows, inputs}, -1, 1), m.floats([]int64{sides, rows, hidden}, -1, 1))
	lengths := make([]int32, batch)
	for i := range lengths {
		lengths[i] = int32(1 + m.Int64N(steps))
	}
	optional := of(m.numbers([]int64{sides, 2 * rows}), int32s(lengths...), m.numbers(state))
	outputs := 2
	if op == "LSTM" {
		optional, outputs = append(optional, m.numbers(state), m.numbers([]int64{sides, 3 * hidden})), 3
	}
	for i := range optional {
		if m.IntN(3) == 0 {
			optional[i] = nil
		}
	}
	attrs := with(graph.StringAttr("direction", direction), graph.IntAttr("hidden_size", hidden), graph.IntAttr("layout", layout))
	if m.IntN(2) == 0 {
		attrs = append(attrs, graph.FloatAttr("clip", 1.5))
	}
	switch op {
	case "GRU":
		attrs = append(attrs, m.flag("linear_before_reset"))
	case "LSTM":
		attrs = append(attrs, m.flag("input_forget"))
	}
	if m.IntN(2) == 0 {
		attrs = append(attrs, m.cellFunctions(op, sides)...)
	}
	return example{14, op, append(in, optional...), attrs, outputs}
}

// cellFunctions are random functions of a recurrent layer, with numbers for some of those that have presets.
func (m maker) cellFunctions(op string, sides int64) []*graph.Attr {
	names := make([]string, map[string]int64{"RNN": 1, "GRU": 2, "LSTM": 3}[op]*sides)
	var numbers [2][]float32
	lists := [2]bool{m.IntN(2) == 0, m.IntN(2) == 0} // whether all that have a preset are given a number
	for i := range names {
		f := []struct {
			name       string
			must, most [2]bool
		}{
			{"Relu", [2]bool{}, [2]bool{}},
			{"TANH", [2]bool{}, [2]bool{}},
			{"Softsign", [2]bool{}, [2]bool{}},
			{"Softplus", [2]bool{}, [2]bool{}},
			{"sigmoid", [2]bool{}, [2]bool{}},
			{"Affine", [2]bool{true, true}, [2]bool{}},
			{"ScaledTanh", [2]bool{true, true}, [2]bool{}},
			{"LeakyRelu", [2]bool{}, [2]bool{true, false}},
			{"HardSigmoid", [2]bool{}, [2]bool{true, true}},
			{"Elu", [2]bool{}, [2]bool{true, false}},
		}[m.IntN(10)]
		names[i] = f.name
		for k := range numbers {
			if f.must[k] || f.most[k] && lists[k] {
				numbers[k] = append(numbers[k], float32(1+m.IntN(7))/8)
			}
		}
	}
	return with(&graph.Attr{Name: "activations", Kind: graph.AttrStrings, Strings: names},
		&graph.Attr{Name: "activation_alpha", Kind: graph.AttrFloats, Floats: numbers[0]},
		&graph.Attr{Name: "activation_beta", Kind: graph.AttrFloats, Floats: numbers[1]})
}

// nonzero are integers of both signs.
func (m maker) nonzero(shape []int64) *tensor.Tensor {
	t := m.long(shape, -9, 9)
	for slices.Contains(t.Float64s(), 0) {
		t = m.long(shape, -9, 9)
	}
	return t
}
