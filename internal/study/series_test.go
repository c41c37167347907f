package main

import (
	"testing"
)

func TestArmsOfKnownRatio(t *testing.T) {
	job, err := (&series{models: "../../examples"}).slowed("resnet20", slowdowns())
	if err != nil {
		t.Fatal(err)
	}
	if len(job.Candidates) != len(slowdowns()) {
		t.Fatalf("%d candidates", len(job.Candidates))
	}
	for i, c := range job.Candidates {
		if c.Slowdown != slowdowns()[i].share || c.Model.Path != job.Baseline.Model.Path || c.Function != job.Baseline.Function {
			t.Errorf("candidate %+v", c)
		}
	}
}
