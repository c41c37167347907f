package dataset

import (
	"fmt"

	"github.com/acdeploy/acdeploy/tensor"
)

// layoutHint says what to do with an array of a shape that does not fit an input and would fit it with its axes in
// another order; "" where nothing of that kind helps.
func layoutHint(array string, shape []int64, spec tensor.Spec) string {
	for _, order := range [][]int{{0, 3, 1, 2}, {0, 2, 3, 1}} {
		if len(shape) == len(order) && fits(permuted(shape, order), spec) {
			return fmt.Sprintf("; its axes are in another order: save %s.transpose(0, %d, %d, %d)", array, order[1], order[2], order[3])
		}
	}
	if len(shape) == 3 && fits([]int64{shape[0], 1, shape[1], shape[2]}, spec) {
		return fmt.Sprintf("; it has no axis of channels: save %s[:, None]", array)
	}
	return ""
}

func permuted(shape []int64, order []int) []int64 {
	moved := make([]int64, len(order))
	for i, axis := range order {
		moved[i] = shape[axis]
	}
	return moved
}
