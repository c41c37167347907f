package reports_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

func nodes(n int) reports.Network { return reports.Network{Graph: reports.Graph{Nodes: n}} }

func TestNewFuse(t *testing.T) {
	in, out := reporttest.File("in.onnx", "11", 10), reporttest.File("out.onnx", "22", 5)
	got := reports.NewFuse(in, &out, nodes(3), nodes(1), &pipeline.Result{
		Rounds: 2, Converged: true,
		Passes: []pipeline.PassResult{
			{Name: "a", Elapsed: time.Microsecond},
			{
				Name: "b", Elapsed: 7,
				Rewrites: []pipeline.Rewrite{{Node: "x", Detail: "merged", Branches: []string{"3×3", "1×1"}}},
				Refusals: []pipeline.Refusal{{Node: "y", Reason: "costlier", Detail: "dear", Branches: []string{"1×3", "3×1"}}},
			},
		},
	})
	want := &reports.Fuse{
		Schema: reports.SchemaFuse, Input: in, Output: &out, Rounds: 2, Converged: true,
		Passes:   []reports.Pass{{Name: "a", Nanoseconds: 1000}, {Name: "b", Rewrites: 1, Refusals: 1, Nanoseconds: 7}},
		Rewrites: []reports.Rewrite{{Pass: "b", Node: "x", Detail: "merged", Branches: []string{"3×3", "1×1"}}},
		Refusals: []reports.Refusal{{Pass: "b", Node: "y", Reason: "costlier", Detail: "dear", Branches: []string{"1×3", "3×1"}}},
		Before:   nodes(3), After: nodes(1),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
