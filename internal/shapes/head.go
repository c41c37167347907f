package shapes

import "slices"

// head infers operators that stand behind the convolutions of a network: recurrent layers, choices, samples, losses.
func (c call) head() facts {
	x, y := c.arg(0), c.arg(1)
	switch c.n.OpType {
	case "TopK":
		return c.topK()
	case "RNN", "GRU", "LSTM":
		return c.recurrent()
	case "QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "CumProd", "MeanVarianceNormalization", "BitwiseNot", "RotaryEmbedding":
		return like(x)
	case "Compress", "Unique":
		return c.some()
	case "NonZero":
		rank := none()
		if x.ranked {
			rank = Fixed(int64(len(x.shape)))
		}
		return shaped([]Dim{rank, none()})
	case "NonMaxSuppression":
		return shaped([]Dim{none(), Fixed(3)})
	case "GatherND":
		return c.gatherND()
	case "Det":
		if n := len(x.shape); n >= 2 {
			return shaped(slices.Clone(x.shape[:n-2]))
		}
	case "MatMulInteger":
		return c.matMul()
	case "ConvInteger":
		return c.conv(y, false)
	case "HannWindow", "HammingWindow", "BlackmanWindow":
		if len(x.ints) == 1 && positive(x.ints[0]) {
			return shaped([]Dim{x.ints[0]})
		}
		return shaped([]Dim{none()})
	case "AffineGrid":
		if size := y.ints; len(size) > 3 && !slices.ContainsFunc(size, func(d Dim) bool { return !positive(d) }) {
			return shaped(slices.Concat(size[:1], size[2:], []Dim{Fixed(int64(len(size) - 2))}))
		}
	case "GridSample":
		if n := len(y.shape); len(x.shape) > 2 && n > 2 {
			return shaped(slices.Concat(x.shape[:2], y.shape[1:n-1]))
		}
	case "Col2Im":
		if size := y.ints; len(x.shape) == 3 && len(size) > 0 {
			return shaped(slices.Concat(x.shape[:1], []Dim{none()}, slices.Repeat([]Dim{none()}, len(size))))
		}
	case "DeformConv":
		if len(x.shape) == 4 && len(y.shape) == 4 {
			return shaped([]Dim{x.shape[0], y.shape[0], none(), none()})
		}
	case "MaxUnpool", "DFT":
		if x.ranked {
			return shaped(slices.Repeat([]Dim{none()}, len(x.shape)))
		}
	case "STFT":
		if x.ranked && len(x.shape) > 0 {
			return shaped([]Dim{x.shape[0], none(), none(), Fixed(2)})
		}
	case "RoiAlign":
		if len(x.shape) == 4 && len(y.shape) == 2 {
			return shaped([]Dim{y.shape[0], x.shape[1], Fixed(c.Int("output_height")), Fixed(c.Int("output_width"))})
		}
	case "Attention":
		return c.attention()
	case "NegativeLogLikelihoodLoss", "SoftmaxCrossEntropyLoss":
		if c.Str("reduction") == "none" {
			return like(y)
		}
		return shaped([]Dim{})
	}
	return facts{}
}

// attention infers Attention: what the queries get, the keys and the values with what came before them, and the scores. An operand has
// four axes (batch, head, position, channel), or three with all heads in the last.
func (c call) attention() facts {
	result := c.out.ProducerIndex()
	x := c.arg(result % 3) // of the scores the queries
	switch {
	case len(x.shape) != 3 && len(x.shape) != 4:
		return facts{}
	case len(x.shape) == 3 && result == 0:
		return shaped([]Dim{x.shape[0], x.shape[1], none()})
	}
	last := slices.Clone(x.shape[len(x.shape)-1:])
	heads, positions := x.shape[1], x.shape[len(x.shape)-2]
	if len(x.shape) == 3 {
		heads, last[0] = none(), none()
		name := "kv_num_heads"
		if result == 3 {
			name = "q_num_heads"
		}
		if n := c.n.Int(name, 0); n > 0 {
			heads = Fixed(n)
		}
	}
	switch v := c.arg(2); {
	case result == 3:
		last[0] = none()
	case result == 0 && len(v.shape) != 4:
		return facts{}
	case result == 0:
		last[0] = v.shape[3]
	case c.n.NumInputs() > 3+result && c.n.Input(3+result) != nil:
		positions = none()
	}
	return shaped([]Dim{x.shape[0], heads, positions, last[0]})
}

// moments infers the mean and the deviation of a LayerNormalization: one for all axes from the given one on.
func (c call) moments() facts {
	x := c.arg(0)
	axis, ok := c.Axis(len(x.shape))
	if !x.ranked || !ok {
		return facts{}
	}
	return shaped(slices.Concat(x.shape[:axis], slices.Repeat([]Dim{Fixed(1)}, len(x.shape)-axis)))
}

// topK infers TopK, whose results are as long as it is asked for along the axis.
func (c call) topK() facts {
	x := c.arg(0)
	axis, ok := c.Axis(len(x.shape))
	if !x.ranked || !ok {
		return facts{}
	}
	out := slices.Clone(x.shape)
	out[axis] = none()
	if k, ok := c.ints(c.n.Input(1)); ok && len(k) == 1 {
		out[axis] = Fixed(k[0])
	} else if c.n.NumInputs() == 1 && c.Has("k") {
		out[axis] = Fixed(c.Int("k"))
	}
	return shaped(out)
}

// recurrent infers RNN, GRU and LSTM. The first result has the state after each step, the others the last ones.
func (c call) recurrent() facts {
	x, r := c.arg(0), c.arg(2)
	if len(x.shape) != 3 {
		return facts{}
	}
	steps, batch, directions, hidden := x.shape[0], x.shape[1], Fixed(1), none()
	if c.Str("direction") == "bidirectional" {
		directions = Fixed(2)
	}
	if len(r.shape) == 3 {
		hidden = r.shape[2]
	}
	batchFirst := c.n.Int("layout", 0) != 0
	if batchFirst {
		steps, batch = batch, steps
	}
	last := c.out.ProducerIndex() > 0
	switch {
	case last && batchFirst:
		return shaped([]Dim{batch, directions, hidden})
	case last:
		return shaped([]Dim{directions, batch, hidden})
	case batchFirst:
		return shaped([]Dim{batch, steps, directions, hidden})
	}
	return shaped([]Dim{steps, directions, batch, hidden})
}

// some infers Compress and Unique, which keep some of the elements, or of the slices along an axis.
func (c call) some() facts {
	x := c.arg(0)
	if !c.Has("axis") {
		return shaped([]Dim{none()})
	}
	axis, ok := c.Axis(len(x.shape))
	if !x.ranked || !ok {
		return facts{}
	}
	out := slices.Clone(x.shape)
	out[axis] = none()
	return shaped(out)
}

// gatherND infers GatherND: each row of the indices stands for what it names.
func (c call) gatherND() facts {
	x, at := c.arg(0), c.arg(1)
	if !x.ranked || !at.ranked || len(at.shape) == 0 {
		return facts{}
	}
	rows := at.shape[:len(at.shape)-1]
	depth, ok := at.shape[len(rows)].Size()
	named := c.n.Int("batch_dims", 0) + depth
	if !ok || named < 0 || named > int64(len(x.shape)) {
		return facts{}
	}
	return shaped(slices.Concat(rows, x.shape[named:]))
}
