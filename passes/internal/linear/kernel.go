package linear

import (
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
)

// Kernels is the sizes of kernels, the last layer first, in the order in which they run.
func Kernels(layers []*graph.Node) string {
	kernels := make([]string, len(layers))
	for i, n := range layers {
		kernels[len(kernels)-1-i] = kernelOf(n)
	}
	return strings.Join(kernels, " → ")
}

// kernelOf is the sizes of a kernel, such as 3×3, or the operator where they are not known.
func kernelOf(n *graph.Node) string {
	if w := n.Input(1); w != nil && w.Data() != nil && w.Data().Rank() > 2 {
		return KernelSize(w.Data().Shape()[2:])
	}
	return n.OpType
}

// KernelSize is the sizes of a kernel as people read them: 3×3.
func KernelSize[E int | int64](list []E) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = fmt.Sprint(v)
	}
	return strings.Join(parts, "×")
}
