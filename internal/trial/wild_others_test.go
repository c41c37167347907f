package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/onnx/mapped"
)

func declaredNowhere() backends.Model { return backends.Model{Name: "none", Path: "no such file"} }

func TestFewerOf(t *testing.T) {
	got := fewerOf(map[string]int{"Conv": 3, "Gemm": 1}, map[string]int{"Conv": 3, "Transpose": 2, "Add": 1})
	if want := "1 Add, 2 Transpose fewer; 1 Gemm more"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if total(withoutConstants(map[string]int{"Constant": 7, "Conv": 2})) != 2 {
		t.Error("Constant nodes count")
	}
}

// TestOptimisers runs what is installed over a small network, and says what is not.
func TestOptimisers(t *testing.T) {
	if all, absent := optimisers(t.Context(), t.TempDir()); len(all) != 0 || len(absent) != 2 || !strings.Contains(absent[0], "make wild installs it") {
		t.Errorf("found %v, absent %v", all, absent)
	}
	found, err := filepath.Glob(filepath.Join("..", "..", ".tools", "optimisers-*"))
	if err != nil || len(found) == 0 {
		t.Skip("the optimisers are not installed; make wild installs them")
	}
	all, _ := optimisers(t.Context(), found[0])
	m, done, err := zooSubject(t, "lenet5").build()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = done() }()
	path := filepath.Join(t.TempDir(), "m.onnx")
	if _, err := mapped.Save(t.Context(), path, m, mapped.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		if r := o.run(t.Context(), path, path+"."+o.name); r.Skipped != "" || r.Ops["Conv"] == 0 || r.Ops["Constant"] != 0 {
			t.Errorf("%s: %+v", o, r)
		}
		if r := o.run(t.Context(), "no such file", path+"."+o.name); r.Skipped == "" {
			t.Errorf("%s makes something of nothing", o)
		}
	}
}
