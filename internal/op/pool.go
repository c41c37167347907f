package op

import "github.com/acdeploy/acdeploy/graph"

// Pool is what a MaxPool, AveragePool or LpPool node says.
type Pool struct {
	Window
	CeilMode        bool // a last window may reach past the padded image
	CountIncludePad bool // an average counts the padding as zeros
}

// ReadPool reads a pool.
func ReadPool(n *graph.Node) (Pool, error) {
	o, err := Of(n)
	if err != nil {
		return Pool{}, err
	}
	sizes := o.Ints("kernel_shape")
	if len(sizes) == 0 {
		return Pool{}, fault(Invalid, "it has no kernel_shape")
	}
	kernel, err := kernelOf(sizes)
	if err != nil {
		return Pool{}, err
	}
	p := Pool{CeilMode: o.Flag("ceil_mode"), CountIncludePad: o.Flag("count_include_pad")}
	p.Window, err = ReadWindow(n, kernel)
	return p, err
}
