package reports_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
)

func TestLayerTime(t *testing.T) {
	steps := []backends.Step{{Nanoseconds: 3}, {}, {Nanoseconds: 4}}
	for want, plan := range map[int64]*backends.Plan{0: nil, 7: {Steps: steps}} {
		if got := reports.LayerTime(judge.ArmRecord{Plan: plan}); got != want {
			t.Errorf("%d of %v, want %d", got, plan, want)
		}
	}
}

func TestLayerNode(t *testing.T) {
	for step, want := range map[string]string{
		"/a/Relu": "/a/Relu", "/a/Relu_output_0_nchwc": "/a/Relu", "/a/Split_output_12": "/a/Split", "/a/Conv_nchwc": "/a/Conv",
		"/a_output_0/Conv": "/a_output_0/Conv", "": "",
	} {
		if got := reports.LayerNode(step); got != want {
			t.Errorf("%q stands for %q, want %q", step, got, want)
		}
	}
}
