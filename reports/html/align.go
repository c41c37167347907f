package html

import (
	"fmt"
	"slices"

	"github.com/acdeploy/acdeploy/reports"
)

// mostPairs bounds the table by which two lists are aligned. Longer lists are paired in their order.
const mostPairs = 4_000_000

// align puts the layers of a baseline beside the rows: as many as possible beside one of the same shape, what lies between
// these beside one of the same operator, and the rest in rows of their own.
func align(list []*row, baseline []reports.Layer) []*row {
	rows, layers := make([]string, len(list)), make([]string, len(baseline))
	for i, r := range list {
		if l := r.key(); l != nil {
			rows[i] = shapeOf(*l)
		}
	}
	for j, l := range baseline {
		layers[j] = shapeOf(l)
	}
	var out []*row
	i, j := 0, 0
	for _, p := range append(common(rows, layers), [2]int{len(list), len(baseline)}) {
		out = append(out, between(list[i:p[0]], baseline[j:p[1]])...)
		if p[0] < len(list) {
			list[p[0]].baseline = append(list[p[0]].baseline, baseline[p[1]])
			out = append(out, list[p[0]])
		}
		i, j = p[0]+1, p[1]+1
	}
	return joined(out)
}

// joined puts a batch normalisation of the baseline that found no company beside the layer before it.
func joined(list []*row) []*row {
	var out []*row
	for _, r := range list {
		last := len(out) - 1
		if r.key() == nil && len(r.baseline) == 1 && r.baseline[0].OpType == batchNorm && last >= 0 && len(out[last].baseline) > 0 {
			out[last].baseline = append(out[last].baseline, r.baseline[0])
			continue
		}
		out = append(out, r)
	}
	return out
}

// between pairs the layers in a gap by their operator.
func between(list []*row, baseline []reports.Layer) []*row {
	var out []*row
	next := 0
	for _, l := range baseline {
		k := next
		for k < len(list) && (list[k].key() == nil || list[k].key().OpType != l.OpType) {
			k++
		}
		if k == len(list) {
			out = append(out, &row{baseline: []reports.Layer{l}})
			continue
		}
		list[k].baseline = append(list[k].baseline, l)
		out = append(out, list[next:k+1]...)
		next = k + 1
	}
	return append(out, list[next:]...)
}

// shapeOf tells layers of one shape from others.
func shapeOf(l reports.Layer) string {
	return fmt.Sprint(l.OpType, l.KernelShape, l.Strides, l.Group, l.InChannels, l.OutChannels)
}

// common is the longest list of pairs of places, in their order, at which two lists have the same word.
func common(a, b []string) [][2]int {
	var head, tail [][2]int
	for len(head) < min(len(a), len(b)) && a[len(head)] == b[len(head)] {
		head = append(head, [2]int{len(head), len(head)})
	}
	n := len(head)
	for len(tail) < min(len(a), len(b))-n && a[len(a)-1-len(tail)] == b[len(b)-1-len(tail)] {
		tail = append(tail, [2]int{len(a) - 1 - len(tail), len(b) - 1 - len(tail)})
	}
	for _, p := range inside(a[n:len(a)-len(tail)], b[n:len(b)-len(tail)]) {
		head = append(head, [2]int{n + p[0], n + p[1]})
	}
	slices.Reverse(tail)
	return append(head, tail...)
}

// inside finds the pairs by the table of the longest common lists.
func inside(a, b []string) [][2]int {
	if len(a)*len(b) > mostPairs {
		return nil
	}
	longest := make([][]int32, len(a)+1) // of what begins at each place
	for i := range longest {
		longest[i] = make([]int32, len(b)+1)
	}
	for i := range slices.Backward(a) {
		for j := range slices.Backward(b) {
			if longest[i][j] = max(longest[i+1][j], longest[i][j+1]); a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			}
		}
	}
	var pairs [][2]int
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] == b[j]:
			pairs = append(pairs, [2]int{i, j})
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
