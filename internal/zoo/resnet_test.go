package zoo

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBranchedResNet50 checks the sizes that the benchmark of the command is stated for: 133 MB in, and
// 102 MB plain.
func TestBranchedResNet50(t *testing.T) {
	n, err := Find("resnet50")
	if err != nil {
		t.Fatal(err)
	}
	plain, parameters, statistics := census(n.Build(Form{Seed: 1}))
	if mb := 4 * (parameters + statistics) / 1e6; mb != 102 {
		t.Errorf("plain: %d MB", mb)
	}
	m := n.Build(Form{Branched: true, Seed: 1})
	branched, parameters, statistics := census(m)
	if mb := 4 * (parameters + statistics) / 1e6; mb != 132 && mb != 133 {
		t.Errorf("branched: %d MB", mb)
	}
	// Sixteen 3×3 convolutions get two branches each; the 7×7 stem and the 1×1 ones stay.
	want := maps.Clone(plain)
	want["Conv"] += 2 * 16
	want["BatchNormalization"] += 2 * 16
	want["Add"] += 2 * 16
	if diff := cmp.Diff(want, branched); diff != "" {
		t.Error(diff)
	}
	if err := m.Check(); err != nil {
		t.Error(err)
	}
}

func BenchmarkBuildResNet50Branched(b *testing.B) {
	n, err := Find("resnet50")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n.Build(Form{Branched: true, Seed: 1})
	}
}
