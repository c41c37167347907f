package acdeploy_test

import (
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// TestGateOfAReport has the exit code of each kind that a report and its gates can have, and writes the conclusion that follows.
func TestGateOfAReport(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *reports.Report, cfg *configs.Config)
		want   int // exit code
	}{
		"all is well": {func(*reports.Report, *configs.Config) {}, acdeploy.ExitOK},
		"a margin that the times do not support": {func(r *reports.Report, cfg *configs.Config) {
			r.Units = []bench.UnitRecord{{Key: r.Settings[0].Key, Complete: true}}
			cfg.Gates.Latency.Margin = 0.0001
		}, acdeploy.ExitInvalid}, // one unit shows nothing
		"no latencies": {func(r *reports.Report, _ *configs.Config) {
			r.Settings, r.Comparisons = nil, nil
		}, acdeploy.ExitInvalid},
		"no latencies, and none are asked for": {func(r *reports.Report, cfg *configs.Config) {
			r.Settings, r.Comparisons = nil, nil
			cfg.Gates.Latency.Require = "nothing"
		}, acdeploy.ExitOK},
		"a weaker proof": {func(r *reports.Report, cfg *configs.Config) {
			r.Verify.Proof, cfg.Verify.RequireProof = verify.Partial, verify.Algebra
		}, acdeploy.ExitGate},
		"other answers": {func(r *reports.Report, _ *configs.Config) {
			r.Verify.Equal, r.Verify.Checks[0].Outputs[0].Equal = false, false
		}, acdeploy.ExitDiffer},
		"no answers": {func(r *reports.Report, _ *configs.Config) { r.Verify = nil }, acdeploy.ExitInvalid},
		"nothing fused": {func(r *reports.Report, cfg *configs.Config) {
			r.Fuse.Rewrites, r.Fuse.After, cfg.RequireFused = nil, r.Fuse.Before, true
		}, acdeploy.ExitGate},
		"interrupted": {func(r *reports.Report, _ *configs.Config) {
			r.Conclusion.Reasons = []reports.Reason{{Code: reports.ReasonInterrupted}}
		}, acdeploy.ExitInvalid},
		"killed": {func(r *reports.Report, cfg *configs.Config) {
			r.Conclusion.Reasons = []reports.Reason{{Code: reports.ReasonUnfinished}}
			cfg.Gates.Latency.Require = "nothing"
		}, acdeploy.ExitInvalid},
		"failed": {func(r *reports.Report, _ *configs.Config) {
			r.Conclusion.Reasons = []reports.Reason{{Code: reports.ReasonFailed, Text: "no space left"}}
		}, acdeploy.ExitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := reports.Read("reports/formats/testdata/pass.json")
			if err != nil {
				t.Fatal(err)
			}
			cfg := configs.Defaults()
			c.change(r, &cfg)
			err = acdeploy.Gate(r, cfg)
			if code := acdeploy.ExitCode(err); code != c.want {
				t.Errorf("exit code %d, %v; want %d", code, err, c.want)
			}
			if got := r.Conclusion; got.Passed != (c.want == acdeploy.ExitOK) || got.ExitCode != c.want || got.Headline == "" {
				t.Errorf("%+v", got)
			}
		})
	}
}
