package tensor_test

import (
	"fmt"

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
