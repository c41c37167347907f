package eval_test

import (
	"math"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestMovement(t *testing.T) {
	axis := func(a int64) []*graph.Attr { return with(graph.IntAttr("axis", a)) }
	agree(t, map[string]example{
		"Reshape":               {13, "Reshape", of(numbers(2, 3, 4), ints(0, -1)), nil, 0},
		"Reshape to no element": {14, "Reshape", of(numbers(0, 3), ints(3, 0)), with(graph.IntAttr("allowzero", 1)), 0},
		"Reshape in opset 1":    {1, "Reshape", of(numbers(2, 3)), with(graph.IntsAttr("shape", 3, 2)), 0},
		"Flatten":               {13, "Flatten", of(numbers(2, 3, 4)), axis(-1), 0},
		"Squeeze":               {13, "Squeeze", of(numbers(1, 3, 1), ints(-1)), nil, 0},
		"Squeeze of all":        {11, "Squeeze", of(numbers(1, 3, 1)), nil, 0},
		"Unsqueeze":             {13, "Unsqueeze", of(numbers(3), ints(2, 0)), nil, 0},
		"Unsqueeze before":      {11, "Unsqueeze", of(numbers(3)), with(graph.IntsAttr("axes", 0, -1)), 0},
		"Transpose":             {13, "Transpose", of(numbers(2, 3, 4)), with(graph.IntsAttr("perm", 1, 2, 0)), 0},
		"Transpose backward":    {13, "Transpose", of(numbers(2, 3, 4)), nil, 0},
		"Slice":                 {13, "Slice", of(numbers(4, 5), ints(1, -2), ints(math.MaxInt64, math.MinInt64), ints(0, 1), ints(2, -2)), nil, 0},
		"Slice of one":          {13, "Slice", of(numbers(5), ints(-2), ints(9), ints(0), ints(math.MaxInt64)), nil, 0},
		"Slice before":          {9, "Slice", of(numbers(4, 5)), with(graph.IntsAttr("starts", 1), graph.IntsAttr("ends", 3), graph.IntsAttr("axes", 1)), 0},
		"Concat":                {13, "Concat", of(numbers(2, 1, 3), numbers(2, 4, 3)), axis(-2), 0},
		"Split":                 {13, "Split", of(numbers(2, 7), ints(1, 4, 2)), axis(1), 3},
		"Split to equal parts":  {11, "Split", of(numbers(6, 2)), nil, 3},
		"Split to a rest":       {18, "Split", of(numbers(7)), with(graph.IntAttr("num_outputs", 3)), 3},
		"Split before":          {11, "Split", of(numbers(3)), with(graph.IntsAttr("split", 1, 2)), 2},
		"Expand":                {13, "Expand", of(numbers(3, 1), ints(2, 1, 4)), nil, 0},
		"Tile":                  {13, "Tile", of(numbers(2, 3), ints(2, 2)), nil, 0},
		"Pad":                   {13, "Pad", of(numbers(2, 3), ints(1, 0, 2, 1), scalar(0.5)), nil, 0},
		"Pad of some axes":      {18, "Pad", of(numbers(2, 3), ints(1, 2), nil, ints(-1)), nil, 0},
		"ConstantOfShape":       {13, "ConstantOfShape", of(ints(2, 3)), nil, 0},
		"ConstantOfShape of 7":  {13, "ConstantOfShape", of(ints(2)), with(graph.TensorAttr("value", tensor.Of([]int64{1}, int64(7)))), 0},
		"Range":                 {13, "Range", of(integer(7), integer(-2), integer(-3)), nil, 0},
		"Range of nothing":      {13, "Range", of(integer(7), integer(7), integer(1)), nil, 0},
	})
	left(t, map[string]example{
		"a Tile of more elements than there are numbers": {13, "Tile", of(tensor.Of[float32]([]int64{1 << 58, 0}), ints(64, 1)), nil, 0},
		"a Tile that becomes negative":                   {13, "Tile", of(tensor.Of[float32]([]int64{1 << 58, 0}), ints(32, 1)), nil, 0},
		"a Reshape that does not fit":                    {13, "Reshape", of(numbers(2, 3), ints(4, -1)), nil, 0},
		"a Squeeze of more than one":                     {13, "Squeeze", of(numbers(2, 3), ints(0)), nil, 0},
		"a Squeeze of no elements":                       {13, "Squeeze", of(numbers(0, 3), ints(1)), nil, 0},
		"axes said twice":                                {13, "Squeeze", of(numbers(1, 3), ints(0)), with(graph.IntsAttr("axes", 0)), 0},
		"a step of 0":                                    {13, "Slice", of(numbers(3), ints(0), ints(2), ints(0), ints(0)), nil, 0},
		"a Concat of other sizes":                        {13, "Concat", of(numbers(2, 3), numbers(3, 3)), axis(1), 0},
		"a Concat of other types":                        {13, "Concat", of(numbers(2), ints(1)), axis(0), 0},
		"a Concat without axis":                          {4, "Concat", of(numbers(2), numbers(2)), nil, 0},
		"a Split that leaves something":                  {13, "Split", of(numbers(7), ints(1, 4)), nil, 2},
		"an Expand that does not fit":                    {13, "Expand", of(numbers(3), ints(2)), nil, 0},
		"a Pad of two values":                            {13, "Pad", of(numbers(3), ints(1, 0), floats(1, 2)), nil, 0},
		"a Range without a step":                         {13, "Range", of(integer(1), integer(2), integer(0)), nil, 0},
		"a value of two elements":                        {13, "ConstantOfShape", of(ints(2)), with(graph.TensorAttr("value", ints(1, 2))), 0},
	})
}

// TestOldConcat: up to opset 3 a Concat without axis joins along axis 1.
func TestOldConcat(t *testing.T) {
	agree(t, map[string]example{
		"opset 1": {1, "Concat", of(numbers(2, 2), numbers(2, 2)), nil, 0},
		"opset 3": {3, "Concat", of(numbers(2, 2), numbers(2, 2)), nil, 0},
	})
	left(t, map[string]example{"lists": {3, "Concat", of(numbers(2), numbers(2)), nil, 0}})
}

// TestMovementEdges: what an absent attribute or operand means, and what does not fit.
func TestMovementEdges(t *testing.T) {
	agree(t, map[string]example{
		"split into more parts than fit": {18, "Split", of(numbers(5, 2)), with(graph.IntAttr("num_outputs", 4)), 4},
		"pad of three axes":              {17, "Pad", of(numbers(2, 3, 1), ints(1, 0, 2, 0, 2, 0)), nil, 0},
		"pad on axes in another order":   {18, "Pad", of(numbers(2, 3), ints(1, 0, 0, 2), scalar(1), ints(1, 0)), nil, 0},
		"a Dropout that drops nothing":   {13, "Dropout", of(numbers(2, 3), scalar(0.5)), nil, 2},
		"split of the first axis":        {17, "Split", of(numbers(6, 2)), nil, 3},
		"split of the last axis":         {17, "Split", of(numbers(2, 6)), with(graph.IntAttr("axis", -1)), 2},
		"split into uneven parts":        {18, "Split", of(numbers(7, 2)), with(graph.IntAttr("num_outputs", 3)), 3},
		"split into one":                 {18, "Split", of(numbers(3, 2)), with(graph.IntAttr("num_outputs", 1)), 1},
		"split by an attribute":          {11, "Split", of(numbers(6, 2)), with(graph.IntsAttr("split", 2, 4)), 2},
		"split with an empty part":       {17, "Split", of(numbers(4, 2), ints(0, 4)), nil, 2},
		"tile of three axes":             {17, "Tile", of(numbers(2, 1, 3), ints(2, 3, 1)), nil, 0},
		"pad with zeros":                 {17, "Pad", of(numbers(2, 3), ints(1, 0, 0, 2)), nil, 0},
		"pad on axes":                    {18, "Pad", of(numbers(2, 3), ints(1, 2), scalar(1), ints(1)), nil, 0},
	})
	left(t, map[string]example{
		"a Dropout that may drop":  {13, "Dropout", of(numbers(2, 3), scalar(0.5), tensor.Of(nil, true)), nil, 1},
		"split into other counts":  {18, "Split", of(numbers(6, 2)), with(graph.IntAttr("num_outputs", 3)), 2},
		"split of an absent axis":  {17, "Split", of(numbers(4, 2), ints(2, 2)), with(graph.IntAttr("axis", 2)), 2},
		"split of a negative axis": {17, "Split", of(numbers(4, 2), ints(2, 2)), with(graph.IntAttr("axis", -3)), 2},
		"split of less than all":   {17, "Split", of(numbers(4, 2), ints(1, 2)), nil, 2},
		"split into less than no":  {17, "Split", of(numbers(4, 2), ints(-1, 5)), nil, 2},
		"split of fewer sizes":     {17, "Split", of(numbers(4, 2), ints(4)), nil, 2},
		"tile of fewer axes":       {17, "Tile", of(numbers(2, 3), ints(2)), nil, 0},
		"tile less than nothing":   {17, "Tile", of(numbers(2, 3), ints(2, -1)), nil, 0},
		"pad with two values":      {17, "Pad", of(numbers(2, 3), ints(1, 0, 0, 2), numbers(2)), nil, 0},
		"pad of fewer axes":        {17, "Pad", of(numbers(2, 3), ints(1, 1)), nil, 0},
	})
}
