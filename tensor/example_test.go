package tensor_test

import (
	"fmt"
	"math"

	"github.com/acdeploy/acdeploy/tensor"
)

// A weight that is scaled stays an expression. It is read unrounded, or rounded once to its own type.
func ExampleCompute() {
	weight := tensor.Of([]int64{2, 2}, float32(1), 2, 3, 4)
	third := tensor.Compute(weight.Type(), weight.Shape(), scaled{weight, 1.0 / 3})
	fmt.Println(third.Float64s())

	raw, err := third.Bytes()
	if err != nil {
		fmt.Println(err)
		return
	}
	rounded, err := tensor.New(tensor.Float32, third.Shape(), raw)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rounded.Float64s())
	// Output:
	// [0.3333333333333333 0.6666666666666666 1 1.3333333333333333]
	// [0.3333333432674408 0.6666666865348816 1 1.3333333730697632]
}

// scaled is a recipe: every element of another one, times a factor.
type scaled struct {
	of     tensor.Recipe
	factor float64
}

func (s scaled) Row(dst []float64, row int) {
	s.of.Row(dst, row)
	for i, v := range dst {
		dst[i] = v * s.factor
	}
}

func (s scaled) MaxAbs() float64 { return s.of.MaxAbs() * s.factor }

func ExampleSpec_String() {
	input := tensor.Spec{Name: "image", Type: tensor.Float32, Ranked: true, Shape: []tensor.Dim{
		{Size: -1, Param: "N"}, tensor.Fixed(3), tensor.Fixed(32), tensor.Fixed(32),
	}}
	fmt.Println(input)
	// Output: float[N,3,32,32] image
}

// A tensor of a model aliases the bytes of its file: little-endian, in row-major order.
func ExampleNew() {
	raw := []byte{1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0}
	t, err := tensor.New(tensor.Int16, []int64{2, 3}, raw)
	if err != nil {
		fmt.Println(err)
		return
	}
	row := make([]float64, 3)
	t.Row(row, 1)
	fmt.Println(t.Len(), "elements, the second row is", row)
	_, err = tensor.New(tensor.Int16, []int64{2, 4}, raw)
	fmt.Println(err)
	// Output:
	// 6 elements, the second row is [4 5 6]
	// int16[2,4] needs 16 bytes, and has 12
}

// A number that does not fit into the element type is an error when it is rounded, not an infinity in a file.
func ExampleTensor_Bytes() {
	large := tensor.Compute(tensor.Float16, []int64{2}, tensor.Vector{1, 70000})
	_, err := large.Bytes()
	fmt.Println(err)
	fmt.Println(large.Fits(), large.Float64s())
	// Output:
	// row 1: 70000 does not fit float16
	// false [1 70000]
}

// Two lists of numbers are compared by the largest difference, relative to the largest number that was wanted.
func ExampleDifference() {
	var d tensor.Difference
	d.Add([]float64{100, 0, math.Inf(1)}, []float64{100, 1, math.Inf(1)})
	fmt.Println(d.MaxAbs, d.Relative())
	d.Add([]float64{1}, []float64{math.NaN()})
	fmt.Println(d.Relative())
	// Output:
	// 1 0.01
	// +Inf
}
