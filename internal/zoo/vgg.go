package zoo

import "fmt"

// cifarQuick is the small network that came with Caffe: three 5×5 convolutions, the first pool a
// maximum, the others averages.
func cifarQuick(b *builder, x value) value {
	for i, width := range []int64{32, 32, 64} {
		path := fmt.Sprintf("conv%d", i+1)
		x = b.relu(path, b.block(path, fmt.Sprintf("bn%d", i+1), x, width, square(5, 1), 1))
		if i == 0 {
			x = b.maxPool("pool1", x, 3, 1)
		} else {
			x = b.averagePool(fmt.Sprintf("pool%d", i+1), x, 3, 2, 1)
		}
	}
	return b.layers(b.flatten(x, 4*4), 64, 10)
}

// leNet is LeNet-5 (LeCun et al., 1998) with batch norms, Relus and the pools of today.
func leNet(b *builder, x value) value {
	for i, width := range []int64{6, 16} {
		path := fmt.Sprintf("conv%d", i+1)
		x = b.relu(path, b.block(path, fmt.Sprintf("bn%d", i+1), x, width, square(5, 1).padded(0), 1))
		x = b.maxPool(fmt.Sprintf("pool%d", i+1), x, 2, 0)
	}
	return b.layers(b.flatten(x, 5*5), 120, 84, 10)
}

// vgg16 is VGG-16 for 32² images: thirteen 3×3 convolutions, a pool after each run of one width
// (Simonyan and Zisserman, 2014), two fully connected layers.
func vgg16(b *builder, x value) value {
	layer := 0
	for stage, widths := range [][]int64{{64, 64}, {128, 128}, {256, 256, 256}, {512, 512, 512}, {512, 512, 512}} {
		for _, width := range widths {
			layer++
			path := fmt.Sprintf("conv%d", layer)
			x = b.relu(path, b.block(path, fmt.Sprintf("bn%d", layer), x, width, square(3, 1), 1))
		}
		x = b.maxPool(fmt.Sprintf("pool%d", stage+1), x, 2, 0)
	}
	return b.layers(b.flatten(x, 1), 512, 10)
}

// alexNet is AlexNet on one device (Krizhevsky, 2014) with a batch norm after each convolution in place
// of the local response normalisation.
func alexNet(b *builder, x value) value {
	stem := square(11, 4).padded(2)
	x = b.maxPool("pool1", b.relu("conv1", b.block("conv1", "bn1", x, 64, stem, 1)), 3, 0)
	x = b.maxPool("pool2", b.relu("conv2", b.block("conv2", "bn2", x, 192, square(5, 1), 1)), 3, 0)
	for i, width := range []int64{384, 256, 256} {
		path := fmt.Sprintf("conv%d", i+3)
		x = b.relu(path, b.block(path, fmt.Sprintf("bn%d", i+3), x, width, square(3, 1), 1))
	}
	x = b.maxPool("pool5", x, 3, 0)
	return b.layers(b.flatten(x, 6*6), 4096, 4096, 1000)
}

// layers adds fully connected layers of these widths, a Relu after each but the last, whose output is
// "logits".
func (b *builder) layers(x value, widths ...int64) value {
	last := len(widths) - 1
	for i, width := range widths[:last] {
		path := fmt.Sprintf("fc%d", i+1)
		x = b.relu(path, b.dense(path+"/Gemm_output", path, x, width))
	}
	return b.dense("logits", fmt.Sprintf("fc%d", last+1), x, widths[last])
}
