package passes_test

import (
	"encoding/json"
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// block describes a graph as plain data, so that a failing one can be made smaller: layers over one
// input, branches over what they give, how the branches are summed, and layers over the sum.
type block struct {
	Seed     uint64      // of the weights
	Opset    int64       // of ONNX's own operators
	Elem     tensor.Type // of input and weights
	Axes     int         // spatial axes; without any the input is [N,C]
	In       int         // channels of the input
	Size     int         // of each spatial axis where the input declares it; 0: symbolic
	Before   []layer     `json:",omitempty"`
	Branches [][]layer
	Form     string   // how the branches are summed: tree, sum, concat, residual
	Joins    []string `json:",omitempty"` // of a tree: add, radd, sub or rsub
	Right    bool     `json:",omitempty"` // a tree that nests to the right
	After    []layer  `json:",omitempty"`
	Tap      int      `json:",omitempty"` // the branch, from 1, whose result is an output too
}

// layer is one node of a block with its parameters.
type layer struct {
	Op        string
	Out       int    `json:",omitempty"` // channels
	Group     int    `json:",omitempty"`
	Kernel    []int  `json:",omitempty"`
	Strides   []int  `json:",omitempty"`
	Dilations []int  `json:",omitempty"`
	Begin     []int  `json:",omitempty"` // pads, or what a slice drops
	End       []int  `json:",omitempty"`
	Bias      bool   `json:",omitempty"`
	Auto      string `json:",omitempty"` // auto_pad
	Shape     string `json:",omitempty"` // of a constant: scalar, one, channel, batch, last
	Flag      bool   `json:",omitempty"` // count_include_pad; transB; the constant stands on the left
	Ceil      bool   `json:",omitempty"`
	Alpha     int    `json:",omitempty"` // of a Gemm, as are beta's halves in Beta
	Beta      int    `json:",omitempty"`
}

func (b block) String() string {
	text, err := json.Marshal(b)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// blockBuilder makes the graph of a block. Channels are followed through the layers.
type blockBuilder struct {
	*builder
	block
	channels map[*graph.Value]int
}

// build makes the graph. It panics for a description that is no graph, such as groups that do not divide the channels.
func (b block) build() *graph.Model {
	bb := &blockBuilder{newBuilder(b.Seed), b, map[*graph.Value]int{}}
	bb.m.Opsets[0].Version = b.Opset
	dims := []tensor.Dim{{Size: -1, Param: "N"}, {Size: int64(b.In)}}
	for i := range b.Axes {
		d := tensor.Dim{Size: -1, Param: fmt.Sprintf("s%d", i)}
		if b.Size > 0 {
			d = tensor.Dim{Size: int64(b.Size)}
		}
		dims = append(dims, d)
	}
	x, err := bb.g.AddInput("x", graph.Type{Elem: b.Elem, Ranked: true, Shape: dims})
	if err != nil {
		panic(err)
	}
	bb.channels[x] = b.In
	x = bb.layers(x, b.Before)
	var branches []*graph.Value
	for _, layers := range b.Branches {
		branches = append(branches, bb.layers(x, layers))
	}
	y := bb.sum(x, branches)
	y = bb.layers(y, b.After)
	bb.g.AddOutput(y)
	if t := b.Tap; t > 0 && t <= len(branches) && branches[t-1] != x && branches[t-1] != y {
		bb.g.AddOutput(branches[t-1])
	}
	return bb.m
}

func (b *blockBuilder) layers(x *graph.Value, layers []layer) *graph.Value {
	for _, l := range layers {
		y := b.layer(x, l)
		if b.channels[y] == 0 {
			b.channels[y] = b.channels[x]
		}
		if l.Out > 0 {
			b.channels[y] = l.Out
		}
		x = y
	}
	return x
}

// sum adds the branches over x up.
func (b *blockBuilder) sum(x *graph.Value, branches []*graph.Value) *graph.Value {
	y := branches[0]
	switch {
	case len(branches) == 1:
	case b.Form == "sum":
		y = b.node("Sum", branches)
	case b.Form == "concat":
		y = b.concat(branches)
	case b.Form == "residual": // x + s·(f − g)
		d := b.node("Sub", []*graph.Value{branches[0], branches[1]})
		for _, more := range branches[2:] {
			d = b.add(d, more)
		}
		y = b.add(x, b.node("Mul", []*graph.Value{b.param(1), d}))
	case b.Right:
		y = branches[len(branches)-1]
		for i := len(branches) - 2; i >= 0; i-- {
			y = b.join(b.Joins[i], branches[i], y)
		}
	default:
		for i, next := range branches[1:] {
			y = b.join(b.Joins[i], y, next)
		}
	}
	b.channels[y] = b.channels[branches[0]]
	return y
}

func (b *blockBuilder) join(how string, y, z *graph.Value) *graph.Value {
	switch how {
	case "radd":
		return b.add(z, y)
	case "sub":
		return b.node("Sub", []*graph.Value{y, z})
	case "rsub":
		return b.node("Sub", []*graph.Value{z, y})
	}
	return b.add(y, z)
}

// concat stacks the branches along a new axis and sums over it.
func (b *blockBuilder) concat(branches []*graph.Value) *graph.Value {
	var stacked []*graph.Value
	for _, y := range branches {
		if b.Opset < 13 {
			stacked = append(stacked, b.node("Unsqueeze", []*graph.Value{y}, graph.IntsAttr("axes", 0)))
		} else {
			stacked = append(stacked, b.node("Unsqueeze", []*graph.Value{y, b.ints(0)}))
		}
	}
	y := b.node("Concat", stacked, graph.IntAttr("axis", 0))
	if b.Opset < 13 {
		return b.node("ReduceSum", []*graph.Value{y}, graph.IntsAttr("axes", 0), graph.IntAttr("keepdims", 0))
	}
	return b.node("ReduceSum", []*graph.Value{y, b.ints(0)}, graph.IntAttr("keepdims", 0))
}

// param is a normally distributed parameter of the block's element type.
func (b *blockBuilder) param(shape ...int) *graph.Value {
	n := 1
	dims := make([]int64, len(shape))
	for i, s := range shape {
		dims[i], n = int64(s), n*s
	}
	values := make([]float64, n)
	for i := range values {
		values[i] = b.r.NormFloat64()
	}
	return b.g.NewInitializer("p", rounded(b.Elem, dims, values))
}

// rounded rounds numbers to an element type.
func rounded(elem tensor.Type, shape []int64, values []float64) *tensor.Tensor {
	raw, err := tensor.Compute(elem, []int64{int64(len(values))}, tensor.Of([]int64{int64(len(values))}, values...)).Bytes()
	if err != nil {
		panic(err)
	}
	t, err := tensor.New(elem, shape, raw)
	if err != nil {
		panic(err)
	}
	return t
}
