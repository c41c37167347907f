package zoo

import "fmt"

// fastViT is FastViT (Vasu et al., 2023) without its attention: blocks of a token mixer and a
// convolutional feed-forward part, large kernels between the stages, a positional encoding.
func fastViT(b *builder, x value) value {
	x = b.gelu("stem.0", b.mobileOne("stem.0", x, 16, square(3, 2), 1))
	x = b.gelu("stem.1", b.mobileOne("stem.1", x, 16, square(3, 2).in(16), 1))
	for stage := range 2 {
		if stage > 0 {
			x = b.fastViTHalve("down", x)
			x = b.fastViTEncode("pos_emb", x)
		}
		for i := range 2 {
			path := fmt.Sprintf("stages.%d.%d", stage, i)
			x = b.fastViTFeed(path+".mlp", b.repMixer(path+".token_mixer", x))
		}
	}
	return b.classifier("head", x, 10)
}

// repMixer is x + s·(mixer(x) − norm(x)), depthwise, where the mixer is a block of RepVGG.
func (b *builder) repMixer(path string, x value) value {
	k := square(3, 1).in(x.channels)
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	mixed := b.repVGG(path+".mixer", x, x.channels, k, 1, true)
	y := b.apply(path, "Sub", mixed, b.norm(path+".norm", x, 1).v)
	return b.add(path, x, b.scale(path+".layer_scale", y, 0.5))
}

// fastViTHalve doubles the channels and halves the image: a 7×7 and a 3×3 with a group for each input
// channel, then a pointwise block.
func (b *builder) fastViTHalve(path string, x value) value {
	y := b.gelu(path, b.repVGG(path+".0", x, 2*x.channels, square(7, 2).in(x.channels), 3, false))
	return b.gelu(path+".1", b.mobileOne(path+".1", y, y.channels, pointwise(), 1))
}

// fastViTEncode adds a depthwise 7×7 of the input to it.
func (b *builder) fastViTEncode(path string, x value) value {
	k := square(7, 1).in(x.channels)
	if !b.form.Branched {
		return b.deployed(path, x, x.channels, k)
	}
	return b.add(path, b.biased(path+".pos_enc", x, x.channels, k, last), x)
}

// fastViTFeed is x + s·f(x), where f is a depthwise 7×7 and two 1×1 convolutions.
func (b *builder) fastViTFeed(path string, x value) value {
	y := b.branch(path+".conv", x, x.channels, square(7, 1).in(x.channels), 1)
	y = b.gelu(path, b.biased(path+".fc1", y, 2*x.channels, pointwise(), 1))
	y = b.biased(path+".fc2", y, x.channels, pointwise(), 1)
	return b.add(path, x, b.scale(path+".layer_scale", y, last))
}
