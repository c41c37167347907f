package html

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// boxes are the words in the boxes of layers, and what a pointer shows of each. Layers of one word share a box where there is
// no room for one each.
func boxes(list []reports.Layer) [][2]string {
	var words [][2]string
	var norms []string
	for _, l := range list {
		if l.OpType == batchNorm {
			norms = append(norms, l.Name)
			continue
		}
		word := sizes(l.KernelShape)
		if word == "" {
			word = l.OpType
		}
		words = append(words, [2]string{word, describe(l)})
	}
	if len(words) > mostBoxes {
		words = alike(words)
	}
	if len(words) > mostBoxes {
		rest := words[mostBoxes-1:]
		words = append(words[:mostBoxes-1:mostBoxes-1], [2]string{fmt.Sprintf("+%d", len(rest)), told(rest)})
	}
	if n := len(norms); n > 0 {
		word := "BN"
		if n > 1 {
			word = fmt.Sprintf("%d BN", n)
		}
		words = append(words, [2]string{word, batchNorm + " " + human.Printable(strings.Join(norms, ", "))})
	}
	return words
}

// mostBoxes is how many boxes have room in a column, beside the one of the batch normalisations.
const mostBoxes = 4

// alike puts boxes of one word together: 5×5 (4).
func alike(words [][2]string) [][2]string {
	var list [][][2]string
	for _, w := range words {
		i := slices.IndexFunc(list, func(l [][2]string) bool { return l[0][0] == w[0] })
		if i < 0 {
			i = len(list)
			list = append(list, nil)
		}
		list[i] = append(list[i], w)
	}
	var out [][2]string
	for _, l := range list {
		word := l[0][0]
		if len(l) > 1 {
			word = fmt.Sprintf("%s (%d)", word, len(l))
		}
		out = append(out, [2]string{word, told(l)})
	}
	return out
}

// told is what a pointer shows of several boxes in one.
func told(words [][2]string) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = w[1]
	}
	return strings.Join(list, "; ")
}

// describe says of a layer what it is.
func describe(l reports.Layer) string {
	s := human.Printable(l.Name) + ": " + human.Printable(l.OpType)
	if k := sizes(l.KernelShape); k != "" {
		s += " " + k
	}
	return s + size(l)
}

// size says how many channels a layer has, and what is unusual about it.
func size(l reports.Layer) string { return span([]reports.Layer{l}) }

// span is [size] for layers that differ in their channels alone.
func span(list []reports.Layer) string {
	in := func(l reports.Layer) int64 { return l.InChannels }
	out := func(l reports.Layer) int64 { return l.OutChannels }
	s, l := "", list[0]
	if l.InChannels > 0 && l.OutChannels > 0 {
		s += " " + reach(list, in)
		if l.OpType != batchNorm {
			s += " → " + reach(list, out)
		}
	}
	if k := sizes(l.Strides); k != "" {
		s += ", strides " + k
	}
	if l.Group > 1 {
		s += fmt.Sprintf(", group %d", l.Group)
	}
	return s
}

// reach is a number of layers, or the smallest and the largest one.
func reach(list []reports.Layer, number func(reports.Layer) int64) string {
	low, high := number(list[0]), number(list[0])
	for _, l := range list {
		low, high = min(low, number(l)), max(high, number(l))
	}
	if low == high {
		return strconv.FormatInt(low, 10)
	}
	return fmt.Sprintf("%d–%d", low, high)
}

// caption is the line above the boxes of rows that are drawn as one.
func caption(like []*row) string {
	var keys []reports.Layer
	for _, r := range like {
		if l := r.key(); l != nil {
			keys = append(keys, *l)
		} else if len(r.baseline) > 0 {
			keys = append(keys, r.baseline[0])
		}
	}
	s := ""
	if len(keys) > 0 {
		if s = keys[0].OpType; s == batchNorm {
			s = "BN"
		}
		s += span(keys)
	}
	if left := like[0].left; len(left) > 0 {
		if s != "" {
			s += ", "
		}
		s += "left: " + left[0].Reason
	}
	return s
}

// hint is what became of a row, in words.
func hint(r *row) string { return r.fate().word + how(r) }

// how says which passes made a change, or why there is none and what to do.
func how(r *row) string {
	parts := []string{""}
	if len(r.passes) > 0 && r.fate() != left() {
		parts[0] = " by " + strings.Join(r.passes, ", ")
	}
	for _, l := range r.left {
		parts = append(parts, l.Node+" left by "+l.Pass+", "+l.Reason+": "+l.Detail)
	}
	return human.Printable(strings.Join(parts, "; "))
}

// rest counts the nodes that are no layers, the most frequent first.
func rest(g reports.Graph) (n int, list string) {
	n = g.Nodes
	ops := maps.Clone(g.Ops)
	for _, op := range []string{"Conv", "ConvTranspose", "Gemm", "MatMul", batchNorm} {
		n -= ops[op]
		delete(ops, op)
	}
	names := slices.SortedFunc(maps.Keys(ops), func(a, b string) int {
		if d := ops[b] - ops[a]; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	for i, op := range names {
		names[i] = fmt.Sprintf("%d %s", ops[op], human.Printable(op))
	}
	return max(n, 0), strings.Join(names, ", ")
}

// sizes writes the sizes along each axis.
func sizes(list []int64) string {
	words := make([]string, len(list))
	for i, n := range list {
		words[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(words, "×")
}
