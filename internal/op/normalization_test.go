package op_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/tensor"
)

func TestReadBatchNormalization(t *testing.T) {
	in := []input{"x", "s", "b", "m", "v"}
	epsilon := float64(float32(1e-5))
	for name, c := range map[string]struct {
		n    *graph.Node
		want op.BatchNormalization
	}{
		"defaults":        {node(15, "BatchNormalization", in), op.BatchNormalization{Epsilon: epsilon}},
		"training":        {node(15, "BatchNormalization", in, graph.IntAttr("training_mode", 1), graph.FloatAttr("epsilon", 0.5)), op.BatchNormalization{Epsilon: 0.5, Training: true}},
		"opset 6":         {node(6, "BatchNormalization", in), op.BatchNormalization{Epsilon: epsilon, Training: true, UnlessTest: true}},
		"opset 6, test":   {node(6, "BatchNormalization", in, graph.IntAttr("is_test", 1)), op.BatchNormalization{Epsilon: epsilon}},
		"of each element": {node(7, "BatchNormalization", in, graph.IntAttr("spatial", 0)), op.BatchNormalization{Epsilon: epsilon, PerElement: true}},
		"of each channel": {node(7, "BatchNormalization", in, graph.IntAttr("spatial", 1)), op.BatchNormalization{Epsilon: epsilon}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := op.ReadBatchNormalization(c.n); got != c.want || err != nil {
				t.Errorf("%+v: %v", got, err)
			}
		})
	}
	_, err := op.ReadBatchNormalization(node(15, "BatchNormalization", []input{"x"}))
	wantError(t, err, "its input scale is absent")
}

func TestReadDropout(t *testing.T) {
	ratio := tensor.Of(nil, float32(0.5))
	for name, c := range map[string]struct {
		n    *graph.Node
		want op.DropoutMode
	}{
		"by default":      {node(13, "Dropout", []input{"x"}), op.DropsNever},
		"off":             {node(13, "Dropout", []input{"x", ratio, tensor.Of(nil, false)}), op.DropsNever},
		"on":              {node(13, "Dropout", []input{"x", ratio, tensor.Of(nil, true)}), op.DropsTraining},
		"computed":        {node(13, "Dropout", []input{"x", ratio, "mode"}), op.DropsTraining},
		"opset 7":         {node(7, "Dropout", []input{"x"}), op.DropsNever},
		"opset 6":         {node(6, "Dropout", []input{"x"}), op.DropsUnlessTest},
		"opset 6, test":   {node(6, "Dropout", []input{"x"}, graph.IntAttr("is_test", 1)), op.DropsNever},
		"an unread other": {node(13, "Dropout", nil), op.DropsTraining},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := op.ReadDropout(c.n, op.Constant); got != c.want || (err != nil) != (c.n.NumInputs() == 0) {
				t.Errorf("mode %d: %v", got, err)
			}
		})
	}
}
