package reference

import (
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/tensor"
)

func identity(c *call) ([]*array, error) { return one(c.in[0], nil) }

// dropout passes its input on, as in inference; the mask says that everything was kept.
func dropout(c *call) ([]*array, error) {
	if c.opset < 7 && c.int("is_test", 0) == 0 {
		return nil, fmt.Errorf("training mode is not computed")
	}
	if mode := c.input(2); mode != nil && (mode.len() != 1 || mode.kind() != integers || mode.i[0] != 0) {
		return nil, fmt.Errorf("training mode is not computed")
	}
	out := []*array{c.in[0]}
	if c.outs > 1 {
		mask, err := c.make(tensor.Bool, c.in[0].shape...)
		if err != nil {
			return nil, err
		}
		for k := range mask.i {
			mask.i[k] = 1
		}
		out = append(out, mask)
	}
	return out, nil
}

// constant is the value of whichever attribute holds it.
func constant(c *call) ([]*array, error) {
	if len(c.attrs) != 1 {
		return nil, fmt.Errorf("%d attributes hold the value", len(c.attrs))
	}
	a := c.attrs[0]
	switch a.Name {
	case "value":
		if a.Tensor == nil {
			return nil, fmt.Errorf("the value is not a tensor")
		}
		return one(fromTensor(a.Tensor))
	case "value_float":
		return one(&array{typ: tensor.Float32, f: []float64{float64(a.Float)}}, nil)
	case "value_floats":
		y := &array{typ: tensor.Float32, shape: []int{len(a.Floats)}, f: make([]float64, len(a.Floats))}
		for k, v := range a.Floats {
			y.f[k] = float64(v)
		}
		return one(y, nil)
	case "value_int":
		return one(&array{typ: tensor.Int64, i: []int64{a.Int}}, nil)
	case "value_ints":
		return one(int64Array(a.Ints), nil)
	case "value_string":
		return one(&array{typ: tensor.String, s: []string{a.String}}, nil)
	case "value_strings":
		return one(&array{typ: tensor.String, shape: []int{len(a.Strings)}, s: a.Strings}, nil)
	}
	return nil, fmt.Errorf("attribute %s is not computed", a.Name)
}

func constantOfShape(c *call) ([]*array, error) {
	list, _, err := c.list(0, "")
	if err != nil {
		return nil, err
	}
	shape, err := dims(list)
	if err != nil {
		return nil, err
	}
	value := &array{typ: tensor.Float32, f: []float64{0}}
	if a := c.anyAttr("value"); a != nil {
		if a.Tensor == nil || a.Tensor.Len() != 1 {
			return nil, fmt.Errorf("the value is not a tensor of one element")
		}
		if value, err = fromTensor(a.Tensor); err != nil {
			return nil, err
		}
	}
	y, err := c.make(value.typ, shape...)
	if err != nil {
		return nil, err
	}
	y.fillFrom(0, value, 0, y.len())
	return one(y, nil)
}

// sequence is Range: start, start+delta, … up to but without limit.
func sequence(c *call) ([]*array, error) {
	typ := c.in[0].typ
	var at [3]float64
	for k := range at {
		var err error
		if at[k], err = c.scalar(k); err != nil {
			return nil, err
		}
		if c.in[k].typ != typ {
			return nil, fmt.Errorf("inputs are %s and %s, not of one type", typ, c.in[k].typ)
		}
	}
	n := math.Ceil((at[1] - at[0]) / at[2])
	if at[2] == 0 || n != n || n > float64(c.limit) {
		return nil, fmt.Errorf("a range from %g to %g by %g has no end or is too long", at[0], at[1], at[2])
	}
	y, err := c.make(typ, int(max(0, n)))
	if err != nil {
		return nil, err
	}
	for k := range y.f {
		y.f[k] = at[0] + float64(k)*at[2]
	}
	for k := range y.i {
		y.i[k] = c.in[0].i[0] + int64(k)*c.in[2].i[0]
	}
	return one(y, nil)
}
