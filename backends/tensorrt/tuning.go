package tensorrt

import "github.com/acdeploy/acdeploy/backends"

var _ backends.Tunable = (*TensorRT)(nil)

// Tuned is the backend with its options changed. It has two knobs: the device and the precision.
func (t *TensorRT) Tuned(tuning backends.Tuning) (backends.Backend, error) { return t.tuned(tuning) }

func (t *TensorRT) tuned(tuning backends.Tuning) (*TensorRT, error) {
	if err := tuning.Within("tensorrt", backends.KnobDevice, backends.KnobPrecision); err != nil {
		return t, err
	}
	changed := *t
	if tuning.Device != nil && *tuning.Device != t.Device {
		changed.Device, changed.probed = *tuning.Device, &probed{}
	}
	if tuning.Precision != "" {
		changed.Precision = tuning.Precision
	}
	return &changed, changed.Validate()
}
