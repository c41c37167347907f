package zoo

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
)

// repNeXt is RepNeXt (Zhao et al., 2024): each block mixes a quarter of the channels with small kernels,
// a quarter with larger ones, and leaves the rest to the pointwise part.
func repNeXt(b *builder, x value) value {
	x = b.stem(x)
	for i := range 2 {
		path := fmt.Sprintf("blocks.%d", i)
		parts := b.split(path, x, 8, 4, 4)
		parts[1] = b.repNeXtSmall(path+".dwconv_s", parts[1])
		parts[2] = b.repNeXtLarge(path+".dwconv_m", parts[2])
		y := b.norm(path+".norm", b.concat(path, parts...), 1)
		y = b.gelu(path, b.biased(path+".fc1", y, 32, pointwise(), 1))
		x = b.add(path, x, b.biased(path+".fc2", y, 16, pointwise(), last))
	}
	return b.classifier("head", x, 10)
}

// repNeXtSmall is a 3×3, a 1×3, a 3×1 and the four corners as a 2×2 of dilation two, depthwise.
func (b *builder) repNeXtSmall(path string, x value) value {
	k := square(3, 1).in(x.channels)
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	gain := share(4)
	return b.sum(path,
		b.biased(path+".conv_3_3", x, x.channels, k, gain),
		b.biased(path+".conv_3_w", x, x.channels, k.around(1, 3), gain),
		b.biased(path+".conv_3_h", x, x.channels, k.around(3, 1), gain),
		b.biased(path+".conv_2_2", x, x.channels, k.dilated(2, 2, 2), gain))
}

// repNeXtLarge is a 7×7, a 5×3, a 3×5 and two pairs of narrow kernels one after the other, depthwise.
func (b *builder) repNeXtLarge(path string, x value) value {
	k := square(7, 1).in(x.channels)
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	gain := share(5)
	y := b.sum(path,
		b.biased(path+".conv_7_7", x, x.channels, k, gain),
		b.biased(path+".conv_5_3", x, x.channels, k.around(5, 3), gain),
		b.biased(path+".conv_3_5", x, x.channels, k.around(3, 5), gain))
	for _, long := range []int64{3, 7} {
		narrow := fmt.Sprintf("%s.conv_%d", path, long)
		z := b.bare(narrow+"_w", x, x.channels, k.around(1, long), 1)
		y = b.add(path, y, b.biased(narrow+"_h", z, x.channels, k.around(long, 1), gain))
	}
	return y
}

// split parts the channels.
func (b *builder) split(path string, x value, sizes ...int64) []value {
	n := graph.NewNode("Split", x.v, b.integers(path+".split", sizes...))
	n.Name = path + "/Split"
	n.SetAttr(graph.IntAttr("axis", 1))
	parts := make([]value, len(sizes))
	for i, size := range sizes {
		v, err := b.graph.AddValue(fmt.Sprintf("%s/Split_output_%d", path, i))
		must(err)
		must(n.AddOutput(v))
		parts[i] = value{v, size}
	}
	b.graph.Append(n)
	return parts
}
