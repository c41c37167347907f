package html

import (
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

// layer makes a convolution or, with the kernel "BN", a batch normalisation.
func layer(name, kernel string, out int64) reports.Layer {
	l := reports.Layer{Name: name, OpType: "Conv", InChannels: 8, OutChannels: out}
	switch kernel {
	case "BN":
		l.OpType = batchNorm
	case "1×1":
		l.KernelShape = []int64{1, 1}
	default:
		l.KernelShape = []int64{3, 3}
	}
	return l
}

// beside writes which layers stand beside each other.
func beside(list []*row) string {
	var lines []string
	for _, r := range list {
		var names [2]string
		for i, layers := range [][]reports.Layer{r.fused, r.baseline} {
			for _, l := range layers {
				names[i] += l.Name
			}
		}
		lines = append(lines, names[0]+"|"+names[1])
	}
	return strings.Join(lines, " ")
}

func TestAlign(t *testing.T) {
	for name, c := range map[string]struct {
		fused, baseline []reports.Layer
		want            string
	}{
		"equal":                 {[]reports.Layer{layer("a", "3×3", 8), layer("b", "3×3", 8)}, []reports.Layer{layer("c", "3×3", 8), layer("d", "3×3", 8)}, "a|c b|d"},
		"none":                  {[]reports.Layer{layer("a", "3×3", 8)}, nil, "a|"},
		"one more":              {[]reports.Layer{layer("a", "3×3", 8), layer("b", "1×1", 8), layer("c", "3×3", 9)}, []reports.Layer{layer("d", "3×3", 8), layer("e", "3×3", 9)}, "a|d b| c|e"},
		"one less":              {[]reports.Layer{layer("a", "3×3", 8), layer("b", "3×3", 9)}, []reports.Layer{layer("c", "3×3", 8), layer("d", "1×1", 8), layer("e", "3×3", 9)}, "a|c |d b|e"},
		"of another shape":      {[]reports.Layer{layer("a", "3×3", 8), layer("b", "3×3", 9)}, []reports.Layer{layer("c", "1×1", 8), layer("d", "3×3", 9)}, "a|c b|d"},
		"with norms":            {[]reports.Layer{layer("a", "3×3", 8), layer("b", "3×3", 9)}, []reports.Layer{layer("c", "3×3", 8), layer("n", "BN", 8), layer("d", "3×3", 9), layer("m", "BN", 9)}, "a|cn b|dm"},
		"of another order":      {[]reports.Layer{layer("a", "3×3", 1), layer("b", "3×3", 2), layer("c", "3×3", 3)}, []reports.Layer{layer("d", "3×3", 2), layer("e", "3×3", 3), layer("f", "3×3", 1)}, "a| b|d c|e |f"},
		"norms that both have":  {[]reports.Layer{layer("n", "BN", 8), layer("a", "3×3", 8)}, []reports.Layer{layer("m", "BN", 8), layer("c", "3×3", 8)}, "n|m a|c"},
		"nothing in common":     {[]reports.Layer{layer("n", "BN", 8)}, []reports.Layer{layer("a", "3×3", 8)}, "|a n|"},
		"no layers in a report": {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var list []*row
			for _, l := range c.fused {
				list = append(list, &row{fused: []reports.Layer{l}})
			}
			if got := beside(align(list, c.baseline)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// The longest list of pairs may begin far into either list.
func TestCommon(t *testing.T) {
	letters := func(s string) []string { return strings.Split(s, "") }
	for _, c := range []struct {
		a, b string
		want [][2]int
	}{
		{"xabz", "ypqabw", [][2]int{{1, 3}, {2, 4}}},
		{"ypqabw", "xabz", [][2]int{{3, 1}, {4, 2}}},
		{"abcd", "abcd", [][2]int{{0, 0}, {1, 1}, {2, 2}, {3, 3}}},
		{"aa", "aaa", [][2]int{{0, 0}, {1, 1}}},
		{"ab", "cd", nil},
	} {
		if got := common(letters(c.a), letters(c.b)); !slices.Equal(got, c.want) {
			t.Errorf("%s and %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// Lists that are too long for the table are aligned at both ends.
func TestCommonOfLongLists(t *testing.T) {
	long := func(word string) []string { return slices.Repeat([]string{word}, 3000) }
	a := slices.Concat([]string{"x"}, long("a"), []string{"y"})
	b := slices.Concat([]string{"x"}, long("b"), []string{"y"})
	if got := common(a, b); len(got) != 2 || got[1] != [2]int{3001, 3001} {
		t.Errorf("%v", got)
	}
}
