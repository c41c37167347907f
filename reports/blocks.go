package reports

import (
	"slices"
	"strings"
)

// Block is a place of a model that looks like a re-parameterised block: several branches, summed, or one of
// several convolutions in a row.
type Block struct {
	Node     string   `json:"node"`             // the node of the sum, or the branch that stays
	Family   string   `json:"family"`           // name of the kind of block, such as ACNet
	Branches []string `json:"branches"`         // a word each, such as 3×3 or identity
	Fused    bool     `json:"fused"`            // whether it became one node
	Reason   string   `json:"reason,omitempty"` // of the refusal, a stable word; "" when fused
	Detail   string   `json:"detail"`           // what became of it, or what keeps it, in a sentence
}

// Blocks lists the blocks that the passes merged, in the order in which they did, then those that they
// left.
func (f *Fuse) Blocks() []Block {
	blocks := []Block{}
	for _, r := range f.Rewrites {
		if r.Branches != nil {
			blocks = append(blocks, Block{Node: r.Node, Family: family(r.Branches), Branches: r.Branches, Fused: true, Detail: r.Detail})
		}
	}
	for _, r := range f.Refusals {
		if r.Branches != nil {
			blocks = append(blocks, Block{Node: r.Node, Family: family(r.Branches), Branches: r.Branches, Reason: r.Reason, Detail: r.Detail})
		}
	}
	return blocks
}

// family names the method whose blocks have these branches. Where several write the same graph it is
// the one that came first: a 3×3 and a 1×1 branch with the input itself is RepVGG, though RepViT writes it
// too. "sum of branches" is everything else.
func family(branches []string) string {
	var square, line, point, chain, plain []string
	for _, b := range branches {
		size, _, _ := strings.Cut(b, " ")
		sizes := strings.Split(size, "×")
		uniform := len(slices.Compact(slices.Clone(sizes))) == 1
		switch {
		case strings.Contains(b, "→"):
			chain = append(chain, b)
		case size == "" || size[0] < '0' || size[0] > '9':
			plain = append(plain, b)
		case uniform && sizes[0] == "1":
			point = append(point, b)
		case uniform:
			square = append(square, b)
		default:
			line = append(line, b)
		}
	}
	distinct := len(slices.Compact(slices.Sorted(slices.Values(square))))
	switch {
	case len(line) > 0 && (distinct > 1 || len(chain) > 0):
		return "RepNeXt"
	case len(branches) == 1 && len(chain) == 1:
		return "ExpandNet"
	case len(chain) > 0 && len(point) > 0:
		return "DBB"
	case len(chain) > 0:
		return "ECB"
	case slices.Contains(plain, "AveragePool"):
		return "QARepVGG"
	case len(line) > 0 && distinct == 1:
		return "ACNet"
	case distinct == 2 && !slices.ContainsFunc(square, func(b string) bool { return b != "5×5" && b != "3×3" }):
		return "PP-LCNetV2"
	case distinct > 1:
		return "RepLKNet"
	case len(square) > 1, len(point) > 1:
		return "MobileOne"
	case len(square) == 1 && len(point) == 1 && len(plain) > 1:
		return "RepMixer"
	case len(square) == 1 && len(point) == 1:
		return "RepVGG"
	case len(square)+len(point) == 1 && len(plain) > 0 && len(line) == 0 && !slices.Contains(plain, "Conv"):
		return "residual of one convolution"
	}
	return "sum of branches"
}
