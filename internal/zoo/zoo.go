// Package zoo builds the networks of the ACNet paper and its relatives as ONNX graphs, plain and
// branched, with random parameters that look like trained ones.
//
// The trained networks themselves cannot be handed out, so these take their place in tests and in
// `acdeploy zoo`. The paper's networks have their true sizes. The relatives are a few blocks of their true
// structure, one file a network:
//
//	network      resnet.go, vgg.go, repvgg.go, yolo.go …
//	form         plain (as deployed) or one of the branched forms (as trained)
//	seed         which random parameters
//
// The parameters make life hard for a fold: variances span many decades, and scales are sometimes negative
// or zero. Yet all answers stay finite. The same name, form and seed give the same bytes on every machine.
package zoo

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
)

// Network is a network that can be built.
type Network struct {
	Name  string
	Doc   string   // one line
	Input [3]int64 // channels, height and width of an image; the batch is open
	// Asymmetric says that its branches are asymmetric convolution blocks, which have more than one form.
	Asymmetric bool

	build func(b *builder, image value) value
}

// Form says in which form a network is built.
type Form struct {
	// Branched is the form of training, with all branches and batch norms. In a network of the paper every
	// k×k convolution with 1 < k < 7 is then an asymmetric convolution block: a k×k, a k×1 and a 1×k
	// branch with a batch norm each, summed (Ding et al., ACNet, 2019). In a relative of it the block is
	// the family's own, and the plain form is what the family deploys.
	Branched bool
	// Year2019 is the asymmetric block as its authors first had it: the two narrow branches have three
	// taps, also next to a 5×5 kernel. Today they are as long as the square one.
	Year2019 bool
	// LastNorm adds a batch norm after the sum of an asymmetric block.
	LastNorm bool
	// Seed decides the parameters. The square branch of an asymmetric block and the plain convolution have
	// the same ones, where both have a batch norm.
	Seed uint64
}

// Networks lists the networks that can be built: those of the paper, three more with its blocks, the relatives.
func Networks() []Network {
	return append(paper(), relatives()...)
}

func paper() []Network {
	small, large := [3]int64{3, 32, 32}, [3]int64{3, 224, 224}
	return []Network{
		{"cifar_quick", "Cifar-quick for CIFAR-10, 5×5 kernels", small, true, cifarQuick},
		{"vgg16", "VGG-16 for CIFAR-10", small, true, vgg16},
		{"resnet56", "ResNet-56 for CIFAR-10, with 1×1 shortcuts", small, true, cifar(9)},
		{"wrn16_8", "WRN-16-8 for CIFAR-10, batch norms before the convolutions", small, true, wideResNet(2, 8)},
		{"densenet40", "DenseNet-40 for CIFAR-10, growth 12", small, true, denseNet40},
		{"alexnet", "AlexNet for ImageNet with batch norms, 11×11, 5×5 and 3×3 kernels", large, true, alexNet},
		{"resnet18", "ResNet-18 for ImageNet, basic blocks", large, true, imageNet(basicBlock, 2, 2, 2, 2)},
		{"densenet121", "DenseNet-121 for ImageNet, growth 32", large, true, denseNet121},
		{"lenet5", "LeNet-5 for 32² digits, 5×5 kernels without padding, so that the narrow branches crop", [3]int64{1, 32, 32}, true, leNet},
		{"resnet20", "ResNet-20 for CIFAR-10, with 1×1 shortcuts", small, true, cifar(3)},
		{"resnet50", "ResNet-50 for ImageNet, bottleneck blocks with the stride in the 3×3", large, true, imageNet(bottleneck, 3, 4, 6, 3)},
	}
}

// Find returns the network of that name.
func Find(name string) (Network, error) {
	all := Networks()
	if i := slices.IndexFunc(all, func(n Network) bool { return n.Name == name }); i >= 0 {
		return all[i], nil
	}
	names := make([]string, len(all))
	for i, n := range all {
		names[i] = n.Name
	}
	return Network{}, fmt.Errorf("the zoo has no network %q; it has %s", name, strings.Join(names, ", "))
}

// Has reports why the network cannot be built in a form.
func (n Network) Has(form Form) error {
	switch {
	case !form.Year2019 && !form.LastNorm:
		return nil
	case !n.Asymmetric:
		return fmt.Errorf("%s has no asymmetric convolution blocks, whose form could be another", n.Name)
	case !form.Branched:
		return errors.New("the plain form has no blocks, whose form could be another")
	}
	return nil
}

// Build makes the network as an exporter writes it in evaluation mode, batch norms kept: one input
// "input" of shape [N, channels, height, width], one output "logits" of shape [N, classes].
func (n Network) Build(form Form) *graph.Model {
	b := newBuilder(n.Name, form)
	image := b.input("input", n.Input)
	b.output(n.build(b, image))
	return b.model
}
