package cli

import (
	"bytes"
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

func someBlocks() []reports.Block {
	acnet := reports.Block{Node: "conv1", Family: "ACNet", Branches: []string{"3×3", "3×1", "1×3"}, Fused: true, Detail: "merged"}
	left := acnet
	left.Node, left.Fused, left.Reason, left.Detail = "conv2\x1b[2J", false, "misaligned", "strides 1 and 2"
	return []reports.Block{acnet, left, acnet}
}

func TestExplain(t *testing.T) {
	for want, blocks := range map[string][]reports.Block{
		"no block in it looks like a re-parameterised one\n": nil,
		"  conv1: ACNet, fused: merged\n" +
			"  conv2\\u001b[2J: ACNet (3×3, 3×1, 1×3), left: strides 1 and 2 (misaligned)\n" +
			"  conv1: ACNet, fused: merged\n": someBlocks(),
	} {
		var out bytes.Buffer
		(&app{out: &out}).explain(blocks)
		if out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	}
}

func TestCountBlocks(t *testing.T) {
	want := []string{"2 of ACNet (3×3, 3×1, 1×3)", "1 of ACNet (3×3, 3×1, 1×3), left: misaligned"}
	if got := countBlocks(someBlocks()); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
