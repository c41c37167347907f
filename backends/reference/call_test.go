package reference

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	x, c := noise(rng, 1, 2, 4, 4), noise(rng, 2)
	variance := tensor.Of([]int64{2}, float32(1), 2)
	words, err := tensor.NewStrings([]int64{1}, []string{"word"})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		model *graph.Model
		want  string
	}{
		"unknown_operator":  {oneNode(13, "Unheard", nil, 1, x), "node the_node (Unheard): the operator is not known"},
		"unknown_attribute": {oneNode(13, "Relu", []*graph.Attr{graph.IntAttr("fast", 1)}, 1, x), "node the_node (Relu): attribute fast is not known"},
		"attribute_kind":    {oneNode(13, "Flatten", []*graph.Attr{graph.StringAttr("axis", "1")}, 1, x), "node the_node (Flatten): attribute axis is of the wrong kind"},
		"training_outputs":  {oneNode(9, "BatchNormalization", nil, 3, x, c, c, c, variance), "training mode"},
		"training_opset_6":  {oneNode(6, "BatchNormalization", nil, 1, x, c, c, c, variance), "training mode"},
		"kernel_shape":      {oneNode(13, "Conv", []*graph.Attr{graph.IntsAttr("kernel_shape", 3, 3)}, 1, x, noise(rng, 2, 2, 1, 3)), "does not fit weight"},
		"groups":            {oneNode(13, "Conv", []*graph.Attr{graph.IntAttr("group", 2)}, 1, x, noise(rng, 2, 2, 1, 3)), "do not fit group 2"},
		"too_large":         {oneNode(13, "ConstantOfShape", nil, 1, tensor.Of([]int64{2}, int64(1<<30), 1<<30)), "more than"},
		"empty_but_long":    {oneNode(13, "Pad", nil, 1, noise(rng, 0, 1), tensor.Of([]int64{4}, int64(0), 1<<31-1, 0, 0)), "more than"},
		"divided_by_zero":   {oneNode(13, "Div", nil, 1, tensor.Of([]int64{1}, int64(1)), tensor.Of([]int64{1}, int64(0))), "divided by zero"},
		"einsum_ellipsis":   {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "...i->i")}, 1, noise(rng)), "the ellipsis of operand"},
		"einsum_operands":   {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "i,i")}, 1, c), "2 operands, and the node has 1 inputs"},
		"einsum_sizes":      {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "iijk->j")}, 1, x), "axis i has 1 and 2"},
		"einsum_result":     {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "i->j")}, 1, c), "axis j of the result"},
		"einsum_too_large":  {oneNode(13, "Einsum", []*graph.Attr{graph.StringAttr("equation", "a,b,c,d->")}, 1, noise(rng, 1<<10), noise(rng, 1<<10), noise(rng, 1<<10), noise(rng, 1<<10)), "more than"},
		"scatter_outside":   {oneNode(13, "ScatterND", nil, 1, c, tensor.Of([]int64{1, 1}, int64(2)), noise(rng, 1)), "index 2 is outside"},
		"scatter_reduction": {oneNode(18, "ScatterND", []*graph.Attr{graph.StringAttr("reduction", "mean")}, 1, c, tensor.Of([]int64{1, 1}, int64(0)), noise(rng, 1)), `reduction "mean" is not known`},
		"scatter_strings":   {oneNode(18, "ScatterElements", []*graph.Attr{graph.StringAttr("reduction", "add")}, 1, words, tensor.Of([]int64{1}, int64(0)), words), "no reduction add of string"},
		"one_hot_of_text":   {oneNode(13, "OneHot", nil, 1, words, tensor.Of(nil, int64(2)), noise(rng, 2)), "indices are string"},
		"scatter_shapes":    {oneNode(13, "ScatterND", nil, 1, c, tensor.Of([]int64{1, 1}, int64(0)), noise(rng, 2)), "updates of shape [2]"},
		"element_type":      {oneNode(13, "Conv", nil, 1, tensor.Of([]int64{1, 1, 1}, int64(1)), tensor.Of([]int64{1, 1, 1}, int64(1))), "not floating-point"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := evaluate(test.model)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}
