package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
)

// TestWild fuses and verifies a network over some seeds, once, and names what cannot be tried.
func TestWild(t *testing.T) {
	tools := toolbox()
	steps, err := acdeploy.DefaultSteps(tools.Passes, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &wild{tools: tools, steps: steps, seeds: 2, subjects: []subject{zooSubject(t, "lenet5"), broken()}, keep: func([]wildRow) error { return nil }}
	if err := w.try(t.Context()); err != nil || len(w.rows) != 2 {
		t.Fatalf("%v, %+v", err, w.rows)
	}
	r := w.rows[0]
	if r.Exits["0"] != 2 || r.Proof != "algebra" || r.Regions != 2 || r.Compared != 2 || !(r.Region >= 0 && r.Region < 1e-12) || r.After >= r.Before || r.Passes["fold_batchnorm"] == 0 {
		t.Errorf("%+v", r)
	}
	if w.rows[1].Skipped != "it is broken" {
		t.Errorf("%+v", w.rows[1])
	}
	if err := falseAlarms(w.rows); err != nil {
		t.Error(err)
	}
	w.subjects = w.subjects[:1]
	w.keep = func([]wildRow) error { return errors.New("it is written again") }
	if err := w.try(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWildLeavesOutWhatThePassesLeave keeps no row for a published test that no pass changes.
func TestWildLeavesOutWhatThePassesLeave(t *testing.T) {
	s := twoRelus()
	s.group = groupCorpus
	build := s.build
	s.build = func() (*graph.Model, func() error, error) {
		m, done, err := build()
		for n := range m.Graph.Nodes() {
			if n.Is("BatchNormalization") {
				graph.ReplaceAllUses(n.Output(0), n.Input(0))
				m.Graph.Remove(n)
			}
		}
		for v := range m.Graph.Initializers() {
			if !v.Used() {
				m.Graph.RemoveInitializer(v)
			}
		}
		return m, done, err
	}
	tools := toolbox()
	steps, err := acdeploy.DefaultSteps(tools.Passes, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &wild{tools: tools, steps: steps, seeds: 1, subjects: []subject{s}, keep: func([]wildRow) error { return nil }}
	if err := w.try(t.Context()); err != nil || len(w.rows) > 0 {
		t.Errorf("%v, %+v", err, w.rows)
	}
}

// TestWildJudges counts exit codes, and keeps errors apart from false alarms.
func TestWildJudges(t *testing.T) {
	r := wildRow{Exits: map[string]int{}}
	for _, err := range []error{nil, acdeploy.ErrDiffer, acdeploy.ErrMissing, errors.New("it broke")} {
		r.judge(err)
	}
	if r.Exits["0"] != 1 || r.Exits["3"] != 1 || r.Exits["5"] != 1 || r.Exits["1"] != 1 || len(r.Alarms) != 1 || len(r.Reasons) != 1 {
		t.Errorf("%+v", r)
	}
	if err := falseAlarms([]wildRow{r}); err == nil || !strings.HasPrefix(err.Error(), "1 comparisons") {
		t.Error(err)
	}
	if !slices.Equal(r.Errors, []string{"it broke"}) {
		t.Errorf("%v", r.Errors)
	}
}

// TestWildReasons keeps reasons short, and no folder that is another one the next time.
func TestWildReasons(t *testing.T) {
	r := wildRow{folder: "/tmp/x/"}
	for _, text := range []string{"run /tmp/x/a.onnx:\nno", "run a.onnx: no", strings.Repeat("é", 500), "a third"} {
		r.reason(text)
	}
	if len(r.Reasons) != 2 || r.Reasons[0] != "run a.onnx: no" || len(r.Reasons[1]) > longest+8 || !strings.HasSuffix(r.Reasons[1], "é …") {
		t.Errorf("%q", r.Reasons)
	}
}
