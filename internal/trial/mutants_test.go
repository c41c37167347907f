package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/tensor"
)

// small is a study of one small network.
func smallStudy(t *testing.T, each int) *mutants {
	t.Helper()
	return &mutants{
		tools: toolbox(), subjects: []subject{twoRelus(), broken()}, types: []tensor.Type{tensor.Float32, tensor.Float16}, heads: []string{mutant.NoHead},
		each: each, memory: 1 << 28, keep: func([]mutantRow) error { return nil },
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
		if r.Mutants != 3 || noticed+len(r.Told)+len(r.Missed) != 3*(3-r.SameBytes-r.SameValues) || len(r.Alarms)+len(r.Unsure) > 0 {
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

// TestMutantsOfAllHeads draws the same mutants under every head, whatever workers there are, and goes on where some heads are further.
func TestMutantsOfAllHeads(t *testing.T) {
	var studies [2][]mutantRow
	for k := range studies {
		s := smallStudy(t, 3)
		s.heads, s.workers = []string{mutant.NoHead, "Softmax", "ArgMax"}, 1+2*k
		if k == 1 { // begun before
			s.rows = []mutantRow{{Group: groupZoo, Network: s.subjects[0].name, Type: "float", Head: "Softmax", Mutants: 2, Noticed: map[string]int{}}}
		}
		if err := s.try(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(s.rows) != 12 {
			t.Fatalf("%d rows", len(s.rows))
		}
		for _, r := range s.rows {
			if r.Skipped == "" && r.Mutants != 3 {
				t.Errorf("%+v", r)
			}
		}
		studies[k] = s.rows
	}
	kinds := func(rows []mutantRow, head string) (list []string) {
		for _, r := range rows {
			for key, n := range r.Noticed {
				way, rest, _ := strings.Cut(key, " ")
				kind, _, _ := strings.Cut(rest, " ")
				if way == string(inMemory) && r.Type == "float" && r.Head == head {
					list = append(list, fmt.Sprint(kind, n))
				}
			}
		}
		slices.Sort(list)
		return list
	}
	want := kinds(studies[0], mutant.NoHead)
	for _, head := range []string{mutant.NoHead, "ArgMax"} {
		for k, rows := range studies {
			if got := kinds(rows, head); len(got) == 0 || !slices.Equal(got, want) {
				t.Errorf("study %d, %s: %v, want %v", k, head, got, want)
			}
		}
	}
	if got := kinds(studies[1], "Softmax"); len(got) != 1 {
		t.Errorf("after two mutants there are %v", got)
	}
}

// TestUnits come from small to large, each network with another head to compare the whole.
func TestUnits(t *testing.T) {
	s := smallStudy(t, 1)
	s.heads = []string{mutant.NoHead, "Softmax", "ArgMax"}
	s.subjects[0].bytes = 2
	var got []string
	for _, u := range s.units() {
		got = append(got, fmt.Sprint(u.name, " ", u.elem, " ", u.whole))
	}
	first := s.subjects[0].name
	want := []string{"broken float Softmax", "broken float16 ArgMax", first + " float none", first + " float16 Softmax"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
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
