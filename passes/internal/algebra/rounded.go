package algebra

import "github.com/acdeploy/acdeploy/tensor"

// Rounded is a computed tensor as it stands in the file, nil where it does not fit its type.
func Rounded(t *tensor.Tensor) *tensor.Tensor {
	raw, err := t.Bytes()
	if err != nil {
		return nil
	}
	w, err := tensor.New(t.Type(), t.Shape(), raw)
	if err != nil {
		return nil
	}
	return w
}
