package eval

import "github.com/acdeploy/acdeploy/tensor"

// ErrorOf is the bound that is kept with a computed constant.
func (e *Evaluator) ErrorOf(t *tensor.Tensor) float64 { return evaluation{errors: e.errors}.errorOf(t) }

// SetError makes a bound known.
func (e *Evaluator) SetError(t *tensor.Tensor, bound float64) {
	if e.errors == nil {
		e.errors = map[*tensor.Tensor]float64{}
	}
	e.errors[t] = bound
}
