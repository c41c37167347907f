package op

import "github.com/acdeploy/acdeploy/graph"

// BatchNormalization is what a BatchNormalization node says.
type BatchNormalization struct {
	Epsilon    float64 // the float32 of the file, widened
	Training   bool    // it computes its mean and variance from the batch
	UnlessTest bool    // it does because is_test is not set (before opset 7)
	PerElement bool    // it has a number for each element of the image, not for each channel (before opset 9)
}

// ReadBatchNormalization reads a BatchNormalization.
func ReadBatchNormalization(n *graph.Node) (BatchNormalization, error) {
	o, err := Of(n)
	if err != nil {
		return BatchNormalization{}, err
	}
	b := BatchNormalization{Epsilon: o.Float("epsilon"), Training: o.Flag("training_mode")}
	if opset := n.Graph().Opset(); opset < 7 {
		b.UnlessTest = !o.Flag("is_test")
		b.Training = b.UnlessTest
	}
	b.PerElement = o.Has("spatial") && o.Int("spatial") != 1
	return b, nil
}

// DropoutMode says when a Dropout drops elements.
type DropoutMode int

// The modes of a Dropout.
const (
	DropsNever      DropoutMode = iota // it passes its operand on
	DropsTraining                      // it drops, or may: its training_mode is on or not known
	DropsUnlessTest                    // it drops because is_test is not set (before opset 7)
)

// ReadDropout reads the mode of a Dropout: in opset 6 and before it is on unless is_test is set, in opsets
// 7 to 11 it is always off, and since then an input says it.
func ReadDropout(n *graph.Node, read Reader) (DropoutMode, error) {
	o, err := Of(n)
	if err != nil {
		return DropsTraining, err
	}
	if mode := o.Input("training_mode"); mode != nil {
		if on, ok := read(mode); !ok || len(on) != 1 || on[0] != 0 {
			return DropsTraining, nil
		}
	}
	if n.Graph().Opset() < 7 && !o.Flag("is_test") {
		return DropsUnlessTest, nil
	}
	return DropsNever, nil
}
