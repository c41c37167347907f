package judge_test

import (
	"fmt"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
)

// A recording is judged twice: by the margin that was asked for, and by a wider one. No model runs.
func ExampleJudge() {
	rec := &bench.Recording{Options: bench.Defaults(), Settings: []bench.Setting{{
		Key: bench.Key{Backend: "ort", Provider: "cpu", Batch: 1, Threads: 1},
		Arms: []bench.RecordedArm{
			{Letter: "A", Role: bench.RoleBaseline, Name: "baseline.onnx"},
			{Letter: "B", Role: bench.RoleControl, Name: "baseline.onnx"},
			{Letter: "C", Role: bench.RoleCandidate, Name: "fused.onnx"},
		},
	}}}
	// Twelve units of one block each, in which every arm ran twice. The candidate takes 5 % longer.
	for i := range 12 {
		noise := int64(i%3 - 1)
		rec.Settings[0].Units = append(rec.Settings[0].Units, bench.Unit{
			UnitRecord: bench.UnitRecord{Unit: i, Complete: true},
			Blocks: []bench.Block{{Wall: [][]int64{
				{100_000, 100_200}, {100_000 + 100*noise, 100_200}, {105_000 - 100*noise, 105_300},
			}}},
		})
	}
	for _, margin := range []bench.Ratio{0.02, 0.10} {
		rec.Options.Margin = margin
		c := judge.Judge(rec).Comparisons[0]
		fmt.Printf("margin %s: ratio %.3f, %s\n", margin, float64(c.Ratio), c.Verdict)
	}
	// Output:
	// margin 2%: ratio 1.050, slower
	// margin 10%: ratio 1.050, equivalent
}
