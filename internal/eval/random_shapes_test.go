package eval_test

import (
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// shaping are operators that change shapes, or make numbers of them.
func shaping() map[string]func(m maker) example {
	table := map[string]func(m maker) example{}
	table["AffineGrid"] = func(m maker) example {
		axes := 2 + m.Int64N(2)
		batch := m.size()
		size := append([]int64{batch, 2}, m.shape(int(axes))...)
		for i := range size[2:] {
			size[2+i]++ // of a single element runtimes do not agree where it is
		}
		return example{20, "AffineGrid", of(m.numbers([]int64{batch, axes, axes + 1}), ints(size...)), with(m.flag("align_corners")), 0}
	}
	table["CastLike"] = func(m maker) example {
		return example{15, "CastLike", of(m.any(m.some()), m.any(nil)), nil, 0}
	}
	table["Concat"] = func(m maker) example {
		shape := m.some()
		axis := m.IntN(len(shape))
		other := append([]int64{}, shape...)
		other[axis] = m.size()
		return example{13, "Concat", of(m.numbers(shape), m.numbers(other), m.numbers(shape)), with(graph.IntAttr("axis", int64(axis))), 0}
	}
	table["ConstantOfShape"] = func(m maker) example {
		return example{9, "ConstantOfShape", of(m.long([]int64{m.size()}, 0, 3)), with(graph.TensorAttr("value", ints(m.Int64N(9)))), 0}
	}
	table["Dropout"] = func(m maker) example {
		return example{13, "Dropout", of(m.numbers(m.some()), scalar(0.5), tensor.Of(nil, false)), nil, 2}
	}
	table["Expand"] = func(m maker) example {
		shape := m.some()
		return example{13, "Expand", of(m.any(m.spread(shape)), ints(shape...)), nil, 0}
	}
	table["Tile"] = func(m maker) example {
		shape := m.some()
		return example{13, "Tile", of(m.any(shape), m.long([]int64{int64(len(shape))}, 0, 3)), nil, 0}
	}
	table["EyeLike"] = func(m maker) example {
		return example{9, "EyeLike", of(m.numbers(m.shape(2))), with(graph.IntAttr("k", m.Int64N(5)-2), graph.IntAttr("dtype", int64(tensor.Int64))), 0}
	}
	table["Flatten"] = func(m maker) example {
		shape := m.some()
		return example{13, "Flatten", of(m.any(shape)), with(m.axis(len(shape))), 0}
	}
	table["Reshape"] = func(m maker) example {
		shape := m.some()
		return example{14, "Reshape", of(m.any(shape), [][]*tensor.Tensor{of(ints(-1)), of(ints(0, -1)), of(ints(1, -1, 1))}[m.IntN(3)][0]), nil, 0}
	}
	table["Squeeze"] = func(m maker) example {
		return example{13, "Squeeze", of(m.any([]int64{1, m.size(), 1}), ints([]int64{0, 2, -3, -1}[m.IntN(4)])), nil, 0}
	}
	table["Unsqueeze"] = func(m maker) example {
		return example{13, "Unsqueeze", of(m.any(m.shape(2)), ints(m.Int64N(6)-3)), nil, 0}
	}
	table["Transpose"] = func(m maker) example {
		shape := m.some()
		var perm []int64
		for _, p := range m.Perm(len(shape)) {
			perm = append(perm, int64(p))
		}
		return example{13, "Transpose", of(m.any(shape)), with(graph.IntsAttr("perm", perm...)), 0}
	}
	table["Shape"] = func(m maker) example {
		return example{15, "Shape", of(m.any(m.some())), with(graph.IntAttr("start", m.Int64N(9)-4), graph.IntAttr("end", m.Int64N(9)-4)), 0}
	}
	table["Size"] = func(m maker) example { return example{13, "Size", of(m.any(m.some())), nil, 0} }
	table["Gather"] = func(m maker) example {
		shape := m.some()
		axis := m.IntN(len(shape))
		return example{13, "Gather", of(m.any(shape), m.long(m.shape(m.IntN(3)), -shape[axis], shape[axis]-1)), with(graph.IntAttr("axis", int64(axis))), 0}
	}
	table["GatherElements"] = func(m maker) example {
		shape := m.some()
		axis := m.IntN(len(shape))
		return example{13, "GatherElements", of(m.any(shape), m.long(shape, -shape[axis], shape[axis]-1)), with(graph.IntAttr("axis", int64(axis))), 0}
	}
	table["Slice"] = func(m maker) example {
		shape := m.some()
		step := []int64{-2, -1, 1, 2}[m.IntN(4)]
		return example{13, "Slice", of(m.any(shape), ints(m.Int64N(9)-4), ints(m.Int64N(12)-6), ints(m.Int64N(int64(len(shape)))), ints(step)), nil, 0}
	}
	table["Split"] = func(m maker) example {
		shape := m.some()
		axis := m.IntN(len(shape))
		first := m.Int64N(shape[axis] + 1)
		return example{13, "Split", of(m.any(shape), ints(first, shape[axis]-first)), with(graph.IntAttr("axis", int64(axis))), 2}
	}
	return table
}
