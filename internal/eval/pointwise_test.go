package eval_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
)

func TestPointwise(t *testing.T) {
	examples := map[string]example{
		"Mean":          {13, "Mean", of(numbers(3), numbers(2, 1), scalar(1)), nil, 0},
		"Sum of one":    {13, "Sum", of(numbers(3)), nil, 0},
		"Pow":           {13, "Pow", of(floats(0.25, 3, 1.5, 2), floats(0.5, 2, -3, 4.5)), nil, 0},
		"Pow of int64":  {13, "Pow", of(ints(-3, 2, 0), ints(3, 5, 0)), nil, 0},
		"Where":         {13, "Where", of(bools(true, false, true), numbers(2, 3), numbers(2, 1)), nil, 0},
		"Not":           {13, "Not", of(bools(true, false)), nil, 0},
		"Clip":          {13, "Clip", of(numbers(9), scalar(-0.5), scalar(0.25)), nil, 0},
		"Clip above":    {13, "Clip", of(numbers(9), nil, scalar(0.25)), nil, 0},
		"Clip before":   {7, "Clip", of(numbers(9)), with(graph.FloatAttr("min", 0.5)), 0},
		"HardSigmoid":   {13, "HardSigmoid", of(numbers(9)), with(graph.FloatAttr("beta", 0.25)), 0},
		"Elu":           {13, "Elu", of(numbers(9)), nil, 0},
		"LeakyRelu":     {13, "LeakyRelu", of(numbers(9)), nil, 0},
		"Relu of int32": {14, "Relu", of(int32s(-3, 3)), nil, 0},
		"Neg of int64":  {13, "Neg", of(ints(-3, 3)), nil, 0},
		"Abs of int64":  {13, "Abs", of(ints(-3, 3)), nil, 0},
		"Sqrt":          {13, "Sqrt", of(floats(0, 2, 3)), nil, 0},
		"Log":           {13, "Log", of(floats(0.5, 2, 3)), nil, 0},
	}
	for _, op := range []string{"Add", "Sub", "Mul", "Div", "Max", "Min", "Sum"} {
		examples[op] = example{13, op, of(numbers(2, 3), floats(1, -2, 3)), nil, 0}
	}
	for _, op := range []string{"Add", "Sub", "Mul", "Max", "Min"} {
		examples[op+" of int64"] = example{13, op, of(ints(7, -9, 12), ints(5, 4, -3)), nil, 0}
	}
	for _, op := range []string{"Div", "Mod"} {
		examples[op+" of int64"] = example{13, op, of(ints(7, 0, 12), ints(5, 4, 3)), nil, 0}
	}
	for _, op := range []string{"And", "Or", "Xor"} {
		examples[op] = example{13, op, of(bools(true, false, true, false), bools(true, true, false, false)), nil, 0}
	}
	for _, op := range []string{"Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"} {
		examples[op] = example{13, op, of(ints(1, 2, 3), integer(2)), nil, 0}
		examples[op+" of floats"] = example{13, op, of(floats(1, 2, 3), scalar(2)), nil, 0}
	}
	for _, op := range []string{"Neg", "Abs", "Reciprocal", "Relu", "Exp", "Sigmoid", "Tanh", "Softsign", "Softplus"} {
		examples[op] = example{13, op, of(numbers(9)), nil, 0}
	}
	examples["HardSwish"] = example{14, "HardSwish", of(numbers(9)), nil, 0}
	agree(t, examples)
	left(t, map[string]example{
		"operands of opset 6":          {6, "Add", of(numbers(2, 3), numbers(2, 3)), nil, 0},
		"a Div by zero":                {13, "Div", of(numbers(2), floats(1, 0)), nil, 0},
		"a Div of int64 by zero":       {13, "Div", of(ints(1), ints(0)), nil, 0},
		"a root below zero":            {13, "Sqrt", of(floats(-1)), nil, 0},
		"other shapes":                 {13, "Add", of(numbers(2), numbers(3)), nil, 0},
		"other types":                  {13, "Add", of(numbers(2), ints(1, 2)), nil, 0},
		"a bound of an axis":           {13, "Clip", of(numbers(9), floats(-0.5)), nil, 0},
		"a power past float64":         {13, "Pow", of(ints(10), ints(40)), nil, 0},
		"a power that is rounded":      {13, "Pow", of(ints(1<<53+1), ints(1)), nil, 0},
		"a negative power of integers": {13, "Pow", of(ints(2), ints(-1)), nil, 0},
		"not a finite number":          {13, "Equal", of(floats(float32(math.Inf(1))), scalar(2)), nil, 0},
		"a root below zero by a power": {13, "Pow", of(floats(-2), floats(0.3)), nil, 0},
		"Mod of floats as of integers": {13, "Mod", of(floats(2), floats(0.5)), nil, 0},
	})
}

// TestNegativeDivision: quotients are cut off toward zero, and a remainder has the sign of the divisor, or with fmod that of the
// dividend.
func TestNegativeDivision(t *testing.T) {
	agree(t, map[string]example{
		"Div by one below zero":         {13, "Div", of(ints(7), ints(-2)), nil, 0},
		"Mod by one below zero":         {13, "Mod", of(ints(7), ints(-2)), nil, 0},
		"Mod of one below zero":         {13, "Mod", of(ints(-7), ints(2)), nil, 0},
		"Mod of one below zero by such": {13, "Mod", of(ints(-7), ints(-2)), nil, 0},
		"Div of int32":                  {13, "Div", of(int32s(7), int32s(-2)), nil, 0},
		"Mod with fmod":                 {13, "Mod", of(ints(-7), ints(2)), with(graph.IntAttr("fmod", 1)), 0},
		"Div of one below zero":         {13, "Div", of(ints(-7), ints(2)), nil, 0},
	})
	left(t, map[string]example{
		"Div by zero":                 {13, "Div", of(ints(7), ints(0)), nil, 0},
		"Mod by zero":                 {13, "Mod", of(ints(7), ints(0)), nil, 0},
		"Div that overflows":          {13, "Div", of(ints(math.MinInt64), ints(-1)), nil, 0},
		"Div of int32 that overflows": {13, "Div", of(int32s(math.MinInt32), int32s(-1)), nil, 0},
	})
}
