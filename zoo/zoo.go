// Package zoo builds the networks of the ACNet paper and its relatives as ONNX graphs, plain and
// branched, with random parameters that look like trained ones.
//
// They stand in for networks that nobody can hand out: true sizes, true structure, answers that stay
// finite through all layers, and batch norms whose variances span many decades and whose scales are
// sometimes negative or zero. The same name, form and seed give the same bytes on every machine.
package zoo

import (
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

	build func(b *builder, image value) value
}

// Form says in which form a network is built.
type Form struct {
	// Branched replaces every k×k convolution with 1 < k < 7 by an asymmetric convolution block: a k×k, a
	// k×1 and a 1×k branch with a batch norm each, summed (Ding et al., ACNet, 2019).
	Branched bool
	// Seed decides the parameters. The square branch of a block and the plain convolution have the same
	// ones.
	Seed uint64
}

// Networks lists the networks that can be built.
func Networks() []Network {
	return []Network{
		{"resnet18", "ResNet-18 for ImageNet, basic blocks", [3]int64{3, 224, 224}, imageNet(basicBlock, 2, 2, 2, 2)},
		{"resnet50", "ResNet-50 for ImageNet, bottleneck blocks with the stride in the 3×3", [3]int64{3, 224, 224}, imageNet(bottleneck, 3, 4, 6, 3)},
		{"resnet20", "ResNet-20 for CIFAR-10, with 1×1 shortcuts", [3]int64{3, 32, 32}, cifar(3)},
		{"resnet56", "ResNet-56 for CIFAR-10, with 1×1 shortcuts", [3]int64{3, 32, 32}, cifar(9)},
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

// Build makes the network as an exporter writes it in evaluation mode, batch norms kept: one input
// "input" of shape [N, channels, height, width], one output "logits" of shape [N, classes].
func (n Network) Build(form Form) *graph.Model {
	b := newBuilder(n.Name, form)
	image := b.input("input", n.Input)
	b.output(n.build(b, image))
	return b.model
}
