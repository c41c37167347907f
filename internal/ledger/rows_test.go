package ledger

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// row is what a study may keep.
type row struct {
	Name   string         `json:"name"`
	Counts map[string]int `json:"counts,omitempty"`
}

// TestRows reads what was written, and leaves out a line that was cut off.
func TestRows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	if none, err := Read[row](path); err != nil || none != nil {
		t.Errorf("%v, %v", none, err)
	}
	want := []row{{Name: "a", Counts: map[string]int{"0": 5}}, {Name: "b"}}
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read[row](path)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw[:len(raw)-5], 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := Read[row](path); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("{\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read[row](path); err == nil {
		t.Error("a line that is no JSON is read")
	}
}
