package zoo

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
)

// repViT is RepViT (Wang et al., 2024): a convolutional stem, mixers of tokens and of channels, two
// classifiers, each after a batch norm, whose answers are averaged.
func repViT(b *builder, x value) value {
	x = b.gelu("stem.0", b.branch("stem.0", x, 8, square(3, 2), 1))
	x = b.branch("stem.1", x, 16, square(3, 2), 1)
	for i, out := range []int64{16, 16, 32, 32} {
		x = b.repViTBlock(fmt.Sprintf("blocks.%d", i), x, out, i%2 == 0)
	}
	x = b.flatten(b.apply("avgpool", "GlobalAveragePool", x), 1)
	if !b.form.Branched {
		return b.dense("logits", "head.l", x, 10)
	}
	// The second head learns from a teacher; the answer is the mean of both.
	first := b.dense("head/output", "head.l", b.norm("head.bn", x, 1), 10)
	second := b.dense("head_dist/output", "head_dist.l", b.norm("head_dist.bn", x, 1), 10)
	return b.nodeTo("logits", "head/Div", "Div", 10, []*graph.Value{b.add("head", first, second).v, b.constant("head.two", 2)})
}

func (b *builder) repViTBlock(path string, x value, out int64, squeeze bool) value {
	y := x
	if x.channels == out {
		y = b.repViTMixer(path+".token_mixer", y)
	} else {
		y = b.branch(path+".token_mixer.0", y, y.channels, square(3, 2).in(y.channels), 1)
		y = b.branch(path+".token_mixer.1", y, out, pointwise(), 1)
	}
	if squeeze {
		y = b.squeeze(path+".se", y)
	}
	z := b.gelu(path+".channel_mixer.0", b.branch(path+".channel_mixer.0", y, 2*out, pointwise(), 1))
	return b.add(path, y, b.branch(path+".channel_mixer.2", z, out, pointwise(), last))
}

// repViTMixer is a depthwise 3×3 with a batch norm, a 1×1 with a bias and the input, and a batch norm
// after the sum.
func (b *builder) repViTMixer(path string, x value) value {
	k := square(3, 1).in(x.channels)
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	y := b.branch(path+".conv", x, x.channels, k, share(3))
	y = b.sum(path, y, b.biased(path+".conv1", x, x.channels, k.around(1, 1), share(3)), x)
	return b.norm(path+".bn", y, 1)
}
