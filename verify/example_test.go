package verify_test

import (
	"context"
	"fmt"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// scaled is a model that multiplies its input by a number.
func scaled(by float64) verify.RunFunc {
	return func(_ context.Context, in tensor.Map) (tensor.Map, error) {
		x := in["x"].Float64s()
		for i := range x {
			x[i] *= by
		}
		return tensor.Map{"y": tensor.Of([]int64{1, int64(len(x))}, x...)}, nil
	}
}

// Two models are compared over inputs that are drawn from their declarations. A wrong fold shows, however small
// its fault is.
func ExamplePair_Compare() {
	in := []tensor.Spec{{Name: "x", Type: tensor.Float64, Ranked: true, Shape: []tensor.Dim{tensor.Fixed(1), tensor.Fixed(8)}}}
	out := []tensor.Spec{{Name: "y", Type: tensor.Float64, Ranked: true, Shape: in[0].Shape}}
	inputs, err := verify.Generate(backends.Model{Inputs: in}, 3, 1, nil)
	if err != nil {
		panic(err)
	}
	for _, by := range []float64{2, 2 + 1e-9} {
		pair := verify.Pair{Backend: "float64", Before: scaled(2), After: scaled(by), Outputs: out, Tolerance: verify.AlgebraTolerance}
		check, err := pair.Compare(context.Background(), inputs)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s: equal %v\n", check.Outputs[0].Name, check.Equal())
	}
	// Output:
	// y: equal true
	// y: equal false
}
