package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestRecords reads what was written, and leaves out a line that was cut off.
func TestRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	if none, err := read[wildRow](path); err != nil || none != nil {
		t.Errorf("%v, %v", none, err)
	}
	want := []wildRow{{Model: "a", Seeds: 5, Exits: map[string]int{"0": 5}}, {Model: "b", Skipped: "it is broken"}}
	if err := write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := read[wildRow](path)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(wildRow{})); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw[:len(raw)-5], 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := read[wildRow](path); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("{\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := read[wildRow](path); err == nil {
		t.Error("a line that is no JSON is read")
	}
}
