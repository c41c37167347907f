package reports_test

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

func TestRefusalsThatDoNotFitAreCounted(t *testing.T) {
	r := reporttest.Whole()
	for i := range 100 {
		other := r.Fuse.Refusals[0]
		other.Detail = "it is another one; do " + strings.Repeat("so ", i+1)
		r.Fuse.Refusals = append(r.Fuse.Refusals, other)
	}
	out := reporttest.Rendered(t, "table", false, r)
	if !strings.Contains(out, "… and 82 more, all of them in the report.") {
		t.Error("the rest is not mentioned")
	}
}

func TestPartsOfARunHaveTablesToo(t *testing.T) {
	for name, r := range map[string]*reports.Report{
		"fuse": reports.New(reporttest.Fused(), nil, nil), "verify": reports.New(nil, reporttest.Checked(), nil), "bench": reports.New(nil, nil, reporttest.Measured()),
	} {
		out := reporttest.Rendered(t, "table", true, r)
		reporttest.Golden(t, name+".table.ascii", out)
	}
}

// Who reads the report sees that the outputs are others.
func TestInterfaceChangesAreTold(t *testing.T) {
	result := &pipeline.Result{Passes: []pipeline.PassResult{{Name: "cut_head", Interface: []string{`output "logits" is gone`, `output "features" is new`}}}}
	f := reports.NewFuse(reports.File{}, nil, reports.Network{}, reports.Network{}, result)
	if want := (reports.InterfaceChange{Pass: "cut_head", Detail: `output "features" is new`}); len(f.Interface) != 2 || f.Interface[1] != want {
		t.Errorf("%+v", f.Interface)
	}
	r := reporttest.Whole()
	r.Fuse.Interface = f.Interface
	if out := reporttest.Rendered(t, "table", false, r); !strings.Contains(out, `cut_head changed the interface: output "logits" is gone.`) {
		t.Errorf("it is not told:\n%s", out)
	}
}

func TestNothingFused(t *testing.T) {
	left := func(pass, reason, detail string, branches ...string) pipeline.PassResult {
		return pipeline.PassResult{Name: pass, Refusals: []pipeline.Refusal{{Node: "n", Reason: reason, Detail: detail, Branches: branches}}}
	}
	const folds, training = "fold_batchnorm", "training_mode"
	for name, c := range map[string]struct {
		before, after int
		passes        []pipeline.PassResult
		want          string
		fused         bool
	}{
		"none":     {want: ""},
		"folded":   {before: 2, after: 1, passes: []pipeline.PassResult{left(folds, training, "")}, fused: true},
		"training": {2, 2, []pipeline.PassResult{left(folds, training, "")}, "2 BatchNormalization left: training_mode; export with `model.eval()`", false},
		"several": {
			3, 3,
			[]pipeline.PassResult{left(folds, "not_constant", ""), left(folds, training, ""), left(folds, training, "")},
			"3 BatchNormalization left: 2 training_mode, 1 not_constant; export with `model.eval()`", false,
		},
		"replaceable": {
			1, 1,
			[]pipeline.PassResult{left(folds, "graph_input", "a caller may replace it")},
			"1 BatchNormalization left: graph_input; export with `keep_initializers_as_inputs=False`", false,
		},
		"disabled": {1, 1, nil, "1 BatchNormalization left: fold_batchnorm did not run", false},
		"blocks":   {0, 0, []pipeline.PassResult{left("fuse_branches", "costlier", "", "1×3", "3×1")}, "1 block left: costlier", false},
	} {
		t.Run(name, func(t *testing.T) {
			count := func(n int) reports.Network {
				return reports.Network{Graph: reports.Graph{Ops: map[string]int{"BatchNormalization": n}}}
			}
			f := reports.NewFuse(reports.File{}, nil, count(c.before), count(c.after), &pipeline.Result{Passes: c.passes})
			if f.NothingFused != c.want || f.FusedAnything() != c.fused {
				t.Errorf("%q, fused %t, want %q", f.NothingFused, f.FusedAnything(), c.want)
			}
		})
	}
}

// A report opens with it.
func TestReportOpensWithNothingFused(t *testing.T) {
	f := reports.NewFuse(reports.File{}, nil, reports.Network{}, reports.Network{Graph: reports.Graph{Ops: map[string]int{"BatchNormalization": 1}}}, &pipeline.Result{})
	page := reports.New(f, nil, nil).Page()
	want := "NOTHING FUSED: 1 BatchNormalization left: fold_batchnorm did not run."
	if page.Result == nil || page.Result.Items[0] != want {
		t.Errorf("result: %+v", page.Result)
	}
}

// Who reads the report sees which program ran as a pass, and of which files.
func TestProgramsAreTold(t *testing.T) {
	result := &pipeline.Result{Passes: []pipeline.PassResult{{Name: "exec", Program: &pipeline.Program{
		Command: []string{"python3", "my pass.py"},
		Files:   []pipeline.ProgramFile{{Path: "/usr/bin/python3", SHA256: strings.Repeat("0a", 32)}, {Path: "my pass.py", SHA256: strings.Repeat("0b", 32)}},
	}}}}
	f := reports.NewFuse(reports.File{}, nil, reports.Network{}, reports.Network{}, result)
	text := strings.Join(strings.Fields(reporttest.Rendered(t, "table", true, reports.New(f, nil, nil))), " ")
	if want := "exec ran python3 'my pass.py': /usr/bin/python3 (SHA-256 0a0a0a0a0a0a…), my pass.py (SHA-256 0b0b0b0b0b0b…)."; !strings.Contains(text, want) {
		t.Errorf("%q is not said:\n%s", want, text)
	}
	if p := f.Passes[0].Program; p == nil || p.Files[1].SHA256 != strings.Repeat("0b", 32) {
		t.Errorf("got %+v", f.Passes[0])
	}
}

// TestAlike groups what one pass refuses for one reason, and keeps apart what asks for something else.
func TestAlike(t *testing.T) {
	f := reports.Fuse{Refusals: []reports.Refusal{
		{Pass: "fold_affine", Node: "a", Reason: "shared_output", Detail: `"x" has 2 users; export it again`},
		{Pass: "fold_batchnorm", Node: "b", Reason: "shared_output", Detail: `"y" has 2 users; export it again`},
		{Pass: "fold_affine", Node: "c", Reason: "shared_output", Detail: `"z" has 3 users; export it again`},
		{Pass: "fold_affine", Node: "d", Reason: "not_channel", Detail: `it is wide; merge it with "w"`},
		{Pass: "fold_affine", Node: "e", Reason: "not_channel", Detail: `it is wide; leave it`},
		{Pass: "fold_affine", Node: "f", Reason: "not_channel", Detail: `it is wider; merge it with "v"`},
	}}
	want := []string{
		`2 × shared_output, such as a: "x" has 2 users; export it again (fold_affine)`,
		`b: "y" has 2 users; export it again (fold_batchnorm, shared_output)`,
		`2 × not_channel, such as d: it is wide; merge it with "w" (fold_affine)`,
		`e: it is wide; leave it (fold_affine, not_channel)`,
	}
	groups := f.Alike()
	if len(groups) != len(want) {
		t.Fatalf("%d groups: %v", len(groups), groups)
	}
	for i, g := range groups {
		if g.String() != want[i] {
			t.Errorf("got  %s\nwant %s", g, want[i])
		}
	}
}
