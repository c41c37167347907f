package zoo

import (
	"fmt"
	"math"
)

// relatives are families whose blocks, too, are grown for training from one convolution each. Of each
// there are a few blocks, enough to show all that the family does.
func relatives() []Network {
	family := func(name, doc string, build func(*builder, value) value) Network {
		return Network{Name: name, Doc: doc, Input: [3]int64{3, 32, 32}, build: build}
	}
	return []Network{
		family("repvgg", "RepVGG: 3×3, 1×1 and a batch norm of the input", few(repVGGBlock(1, false))),
		family("repvgg_groups", "RepVGG with two groups", few(repVGGBlock(2, false))),
		family("repvgg_se", "RepVGG with squeeze-and-excitation after the sum", few(repVGGBlock(1, true))),
		family("mobileone", "MobileOne: four 3×3, a 1×1 and a batch norm, depthwise; then four 1×1", few(mobileOneBlock(false))),
		family("mobileone_se", "MobileOne with squeeze-and-excitation after the sums", few(mobileOneBlock(true))),
		family("dbb", "diverse branch block, the border padded by the 1×1 convolutions", few(dbbBlock(padFirst))),
		family("dbb_scatter", "diverse branch block, the border written in place as the original has it", few(dbbBlock(padWritten))),
		family("dbb_folded", "the same as an exporter leaves it that computes constants", few(dbbBlock(padFolded))),
		family("dbb_depthwise", "diverse branch block, depthwise, then a 1×1", few(dbbDepthwise)),
		family("qarepvgg", "QARepVGG: 3×3 with, 1×1 and input without a batch norm, one after the sum", few(qaRepVGGBlock(false))),
		family("qarepvgg_v2", "QARepVGG V2, with an average pool", few(qaRepVGGBlock(true))),
		family("repvit", "RepViT: depthwise 3×3, 1×1 and the input, a batch norm after the sum", repViT),
		family("fastvit", "FastViT: x + s·(mixer(x) − norm(x)), large kernels, positional encoding", fastViT),
		family("replknet", "RepLKNet: depthwise 13×13 and 5×5", repLKNet),
		family("unireplknet", "UniRepLKNet: depthwise 13×13 and small dilated kernels, a batch norm after them", uniRepLKNet),
		family("repnext", "RepNeXt: 3×3, 1×3, 3×1 and dilated 2×2; narrow kernels one after another", repNeXt),
		family("repghost", "RepGhost: depthwise 3×3 and a batch norm of the input, after a Relu", few(repGhostBlock)),
		family("ghostnetv3", "GhostNetV3: pointwise and depthwise blocks of three copies, side by side", few(ghostV3Block)),
		family("efficientvim", "EfficientViM: x + σ(α)·(f(x) − x), the gate computed of a parameter", efficientViM),
		family("pplcnetv2", "PP-LCNetV2: depthwise 5×5, 3×3 and 1×1", few(ppLCNetV2Block)),
		family("pplcnet", "PP-LCNetV3: learnable affine layers, strides that differ by axis", ppLCNet),
		family("ecb", "edge-oriented convolution block: 1×1, then 3×3, Sobel or Laplace", few(ecbBlock(ecbPadded))),
		family("ecb_scatter", "edge-oriented convolution block, the border written in place as the original has it", few(ecbBlock(ecbWritten))),
		family("ecb_eval", "edge-oriented convolution block, its weights computed in the graph", few(ecbBlock(ecbComputed))),
		family("expandnet", "ExpandNet: 1×1, k×k and 1×1 in place of k×k", few(expandNetBlock)),
		family("orepa", "OREPA: six weights combined before one convolution", few(orepaBlock)),
		family("yolov7", "YOLOv7: RepConv, and implicit knowledge around the head", yoloV7),
		family("yolov9", "YOLOv9: RepConvN, which has no batch norm of the input", few(repConvNBlock)),
		family("yolov10", "YOLOv10: RepVGGDW, depthwise 7×7 and 3×3, within an inverted block", few(ciBlock)),
	}
}

// unit adds a block with so many channels out, the image divided by the stride.
type unit func(b *builder, path string, x value, out, stride int64) value

// few is a network of four blocks for 32² images: two of 16 channels, two of 32. The first of each pair
// halves the image.
func few(block unit) func(*builder, value) value {
	return func(b *builder, x value) value { return b.classifier("head", b.blocks(block, x), 10) }
}

func (b *builder) blocks(block unit, x value) value {
	for i, out := range []int64{16, 16, 32, 32} {
		x = block(b, fmt.Sprintf("blocks.%d", i), x, out, int64(2-i%2))
	}
	return x
}

// stem is a 3×3 convolution to 16 channels that halves the image.
func (b *builder) stem(x value) value {
	return b.relu("stem", b.branch("stem", x, 16, square(3, 2), 1))
}

// share is the gain of each of n branches of a sum.
func share(n int) float64 { return 1 / math.Sqrt(float64(n)) }

// keeps is whether a block gives the shape it was given, so that its input can be a branch.
func keeps(x value, out int64, k kernel) bool { return x.channels == out && k.stride == [2]int64{1, 1} }
