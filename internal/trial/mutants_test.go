package main

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/memo"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/tensor"
)

// small is a study of one small network.
func smallStudy(t *testing.T, each int) *mutants {
	t.Helper()
	tools := toolbox()
	tools.Exact = memo.New(1 << 28).Open(tools.Exact)
	return &mutants{
		tools: tools, subjects: []subject{twoRelus(), broken()}, types: []tensor.Type{tensor.Float32, tensor.Float16}, heads: []string{mutant.NoHead},
		each: each, keep: func([]mutantRow) error { return nil },
	}
}

// TestMutants draws as many mutants as asked for, goes on where it ended, and names what cannot be tried.
func TestMutants(t *testing.T) {
	s := smallStudy(t, 3)
	if err := s.try(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(s.rows) != 4 {
		t.Fatalf("%d rows", len(s.rows))
	}
	for _, r := range s.rows {
		if r.Network == "broken" {
			if r.Skipped != "it is broken" {
				t.Errorf("%+v", r)
			}
			continue
		}
		noticed := 0
		for _, n := range r.Noticed {
			noticed += n
		}
		if r.Mutants != 3 || noticed+len(r.Missed) != 3*(3-r.SameBytes-r.SameValues) || len(r.Alarms)+len(r.Unsure) > 0 {
			t.Errorf("%+v", r)
		}
	}
	first := s.rows[0].Seconds
	s.each = 5
	if err := s.try(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := s.rows[0]; r.Mutants != 5 || r.Seconds <= first {
		t.Errorf("%+v", r)
	}
	kept := 0
	s.keep = func([]mutantRow) error { kept++; return nil }
	if err := s.try(t.Context()); err != nil || kept > 0 {
		t.Errorf("%v, written %d times though nothing was left to do", err, kept)
	}
}

// TestMissed makes an error of what was missed.
func TestMissed(t *testing.T) {
	if err := mutantsMissed([]mutantRow{{Mutants: 1}}); err != nil {
		t.Error(err)
	}
	err := mutantsMissed([]mutantRow{{Missed: []string{"a", "b"}}, {Alarms: []string{"c"}}})
	if err == nil || !strings.Contains(err.Error(), "missed 2 mutants, and called 1 sound") {
		t.Error(err)
	}
}
