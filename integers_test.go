package acdeploy_test

import (
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/tensor"
)

// TestIntegersThatAModelTakes has inputs that name one of so many rows. Those from 0 to 9 are too large for some models, and
// then smaller ones are made.
func TestIntegersThatAModelTakes(t *testing.T) {
	for rows, largest := range map[int64]float64{10: 9, 4: 1, 1: 0} {
		n := newNet(t, tensor.Int32, 64)
		row := 0.0
		table := n.drawn(func() float64 { row++; return row }, rows)
		m := n.output(n.node("Relu", n.node("Gather", table, n.x)))
		cfg := configs.Defaults()
		cfg.Model, cfg.Bench.Backends = saved(t, "model.onnx", m), nil
		job, err := acdeploy.NewJob(cfg, toolbox(), acdeploy.Settings{})
		if err != nil {
			t.Fatal(err)
		}
		pair, err := job.OpenPair(t.Context(), cfg.Model, cfg.Model)
		if err != nil {
			t.Fatal(err)
		}
		found, err := job.Verify(t.Context(), pair, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := found.Judge(); err != nil || len(found.Checks) != 1 || float64(found.Inputs[0].Max) != largest {
			t.Errorf("%d rows: %v, %d checks, inputs %+v", rows, err, len(found.Checks), found.Inputs)
		}
		if err := pair.Close(); err != nil {
			t.Error(err)
		}
	}
}
