package acdeploy_test

import (
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy"
)

// A program that cannot start workers measures nothing, and says so.
func TestRunWithoutWorkers(t *testing.T) {
	unusable(t)
	tools := toolbox()
	tools.Launch = nil
	report, err := acdeploy.Run(t.Context(), config(t, "examples/cifar_quick/acnet.onnx"), tools, acdeploy.Settings{}, nil)
	if !errors.Is(err, acdeploy.ErrMissing) || len(report.Skipped) != 1 || report.Comparisons == nil {
		t.Errorf("skipped %+v, %v", report.Skipped, err)
	}
}

func TestRunMeasures(t *testing.T) {
	unusable(t)
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	for key, value := range map[string]string{
		"bench.backends": "[{reference: {max_elements: 1000000}}]", "bench.units": "2", "bench.duration": "500ms",
		"gates.latency.require": "faster",
	} {
		if err := cfg.Set(key, value, "test"); err != nil {
			t.Fatal(err)
		}
	}
	report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil)
	if !errors.Is(err, acdeploy.ErrGate) { // two units carry no verdict
		t.Fatalf("got %v", err)
	}
	if len(report.Comparisons) != 1 || report.Comparisons[0].Baseline != cfg.Model {
		t.Errorf("comparisons: %+v", report.Comparisons)
	}
	if got := string(report.Settings[0].Options); got != `{"max_elements":1000000}` {
		t.Errorf("options of the engine: %s", got)
	}
}
