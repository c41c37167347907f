package reference

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// maxIterations bounds a loop that never stops.
const maxIterations = 1 << 18

// loop is Loop: it runs its body until the condition is false or the count is reached. Its results are
// the carried values as they are then, and the other results of the body stacked.
func loop(c *call) ([]*array, error) {
	body, err := c.body(len(c.in))
	if err != nil {
		return nil, err
	}
	count, going := int64(math.MaxInt64), true
	if m := c.input(0); m != nil {
		if m.kind() != integers || m.len() != 1 {
			return nil, fmt.Errorf("the trip count is %s%v, not one integer", m.typ, m.shape)
		}
		count = m.i[0]
	}
	if cond := c.input(1); cond != nil {
		if going, err = truth(cond); err != nil {
			return nil, err
		}
	}
	carried := c.in[min(2, len(c.in)):]
	stacks := make([]stack, len(body.Outputs())-1-len(carried))
	for k := int64(0); k < count && going; k++ {
		if k == maxIterations {
			return nil, fmt.Errorf("the loop is stopped after %d iterations, the most that the reference backend runs", k)
		}
		in := append([]*array{{typ: tensor.Int64, i: []int64{k}}, {typ: tensor.Bool, i: []int64{1}}}, carried...)
		out, err := c.frame.iterate(c.ctx, body, in)
		if err != nil {
			return nil, err
		}
		if going, err = truth(out[0]); err != nil {
			return nil, err
		}
		carried = out[1 : 1+len(carried)]
		for i := range stacks {
			if err := stacks[i].push(out[1+len(carried)+i], c.limit); err != nil {
				return nil, err
			}
		}
	}
	return join(carried, stacks, func(_ int, a *array) (*array, error) { return a, nil })
}

// scan is Scan from opset 9 on: it runs its body over slices of its last inputs.
func scan(c *call) ([]*array, error) {
	if c.opset < 9 {
		return nil, fmt.Errorf("the form of opset %d, with a batch, is not computed", c.opset)
	}
	body, err := c.body(len(c.in))
	if err != nil {
		return nil, err
	}
	states := len(c.in) - int(c.int("num_scan_inputs", 0))
	if states < 0 || states >= len(c.in) || len(body.Outputs()) < states {
		return nil, fmt.Errorf("num_scan_inputs is %d, and the node has %d inputs", c.int("num_scan_inputs", 0), len(c.in))
	}
	rows, err := c.scanned(c.in[states:])
	if err != nil {
		return nil, err
	}
	carried := c.in[:states]
	stacks := make([]stack, len(body.Outputs())-states)
	for k := range rows[0] {
		in := slices.Clone(carried)
		for i := range rows {
			in = append(in, rows[i][k])
		}
		out, err := c.frame.iterate(c.ctx, body, in)
		if err != nil {
			return nil, err
		}
		carried = out[:states]
		for i := range stacks {
			if err := stacks[i].push(out[states+i], c.limit); err != nil {
				return nil, err
			}
		}
	}
	return join(carried, stacks, c.placed)
}

// body is the graph of a loop, which takes as many inputs as the loop.
func (c *call) body(inputs int) (*graph.Graph, error) {
	a := c.attr("body", graph.AttrGraph)
	switch {
	case a == nil || a.Graph == nil:
		return nil, fmt.Errorf("body is absent")
	case len(a.Graph.Inputs()) != max(inputs, 2) && c.node.Is("Loop") || len(a.Graph.Inputs()) != inputs && c.node.Is("Scan"):
		return nil, fmt.Errorf("the body has %d inputs and the node has %d", len(a.Graph.Inputs()), inputs)
	}
	carried := inputs - 1 // of a Loop: the condition, and what follows the trip count and the condition
	if c.node.Is("Loop") && len(a.Graph.Outputs()) < max(carried, 1) {
		return nil, fmt.Errorf("the body has %d outputs, too few for the %d inputs of the node", len(a.Graph.Outputs()), inputs)
	}
	return a.Graph, nil
}

// iterate runs the body of a loop once.
func (f *frame) iterate(ctx context.Context, body *graph.Graph, in []*array) ([]*array, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i, v := range body.Inputs() {
		if in[i] == nil {
			return nil, fmt.Errorf("input %d is absent", i)
		}
		f.values[v] = in[i]
	}
	return f.execute(ctx, body)
}

func truth(a *array) (bool, error) {
	if a.typ != tensor.Bool || a.len() != 1 {
		return false, fmt.Errorf("the condition is %s%v, not one bool", a.typ, a.shape)
	}
	return a.i[0] != 0, nil
}

// stack is what the rounds of a loop gave, to be joined along a new first axis.
type stack struct {
	rows  []*array
	total int
}

func (s *stack) push(a *array, limit int) error {
	if s.total += max(a.len(), 1); s.total > limit {
		return fmt.Errorf("the iterations give more than %d elements, the limit of max_elements", limit)
	}
	if len(s.rows) > 0 && (a.typ != s.rows[0].typ || !slices.Equal(a.shape, s.rows[0].shape)) {
		return fmt.Errorf("one iteration gives %s%v and another %s%v", a.typ, a.shape, s.rows[0].typ, s.rows[0].shape)
	}
	s.rows = append(s.rows, a)
	return nil
}

// join appends the stacks, put in place one by one, to the carried values.
func join(carried []*array, stacks []stack, placed func(i int, a *array) (*array, error)) ([]*array, error) {
	out := slices.Clone(carried)
	for i, s := range stacks {
		if len(s.rows) == 0 {
			return nil, fmt.Errorf("the body does not run once, so output %d has no shape", len(carried)+i)
		}
		part := s.rows[0].len()
		all, err := newArray(s.rows[0].typ, append([]int{len(s.rows)}, s.rows[0].shape...), max(s.total, len(s.rows)))
		if err != nil {
			return nil, err
		}
		for k, a := range s.rows {
			all.copyFrom(k*part, a, 0, part)
		}
		if all, err = placed(i, all); err != nil {
			return nil, err
		}
		out = append(out, all)
	}
	return out, nil
}

// scanned cuts each input of a Scan along its axis, in its direction.
func (c *call) scanned(in []*array) ([][]*array, error) {
	rows := make([][]*array, len(in))
	for i, a := range in {
		if a == nil {
			return nil, fmt.Errorf("scan input %d is absent", i)
		}
		order, err := c.axisFirst("scan_input_axes", i, a.rank())
		if err != nil {
			return nil, err
		}
		a = transposed(a, order)
		part := elements(a.shape[1:])
		for k := range a.shape[0] {
			row, err := c.make(a.typ, a.shape[1:]...)
			if err != nil {
				return nil, err
			}
			row.copyFrom(0, a, k*part, part)
			rows[i] = append(rows[i], row)
		}
		if len(rows[i]) != len(rows[0]) {
			return nil, fmt.Errorf("scan input %d has %d slices, the first has %d", i, len(rows[i]), len(rows[0]))
		}
		if entry(c.ints("scan_input_directions"), i) == 1 {
			slices.Reverse(rows[i])
		}
	}
	return rows, nil
}

// placed moves the first axis of the i-th stack of a Scan to where it belongs, in its direction.
func (c *call) placed(i int, a *array) (*array, error) {
	if entry(c.ints("scan_output_directions"), i) == 1 {
		part := elements(a.shape[1:])
		back, err := c.make(a.typ, a.shape...)
		if err != nil {
			return nil, err
		}
		for k := range a.shape[0] {
			back.copyFrom(k*part, a, (a.shape[0]-1-k)*part, part)
		}
		a = back
	}
	order, err := c.axisFirst("scan_output_axes", i, a.rank())
	if err != nil {
		return nil, err
	}
	return transposed(a, inverse(order)), nil
}

// axisFirst is the order of axes that puts the i-th of a list of axes first.
func (c *call) axisFirst(attr string, i, rank int) ([]int, error) {
	axis, err := axisOf(entry(c.ints(attr), i), rank)
	if err != nil {
		return nil, err
	}
	order := []int{axis}
	for k := range rank {
		if k != axis {
			order = append(order, k)
		}
	}
	return order, nil
}

// entry is the i-th number of a list, 0 when the list is absent or ends before.
func entry(list []int64, i int) int64 {
	if i < len(list) {
		return list[i]
	}
	return 0
}
