package cli

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/reports"
)

// explain says of every block whether it was fused, and if not why.
func (a *app) explain(blocks []reports.Block) {
	if len(blocks) == 0 {
		a.printf("no block in it looks like a re-parameterised one\n")
	}
	for _, b := range blocks {
		if b.Fused {
			a.printf("  %s: %s, fused: %s\n", b.Node, b.Family, b.Detail)
		} else {
			a.printf("  %s: %s (%s), left: %s (%s)\n", b.Node, b.Family, strings.Join(b.Branches, ", "), b.Detail, b.Reason)
		}
	}
}

// countBlocks counts blocks that are alike, in the order in which they are met: "19 × ACNet (3×3, 3×1,
// 1×3)", and those that would stay with the reason.
func countBlocks(blocks []reports.Block) []string {
	counts := map[string]int{}
	var order []string
	for _, b := range blocks {
		kind := fmt.Sprintf("%s (%s)", b.Family, strings.Join(b.Branches, ", "))
		if !b.Fused {
			kind += ", left: " + b.Reason
		}
		if counts[kind] == 0 {
			order = append(order, kind)
		}
		counts[kind]++
	}
	for i, kind := range order {
		order[i] = fmt.Sprintf("%d of %s", counts[kind], kind)
	}
	return order
}
