package op

import "github.com/acdeploy/acdeploy/graph"

// BlockSize is the length of the square of pixels that a DepthToSpace or SpaceToDepth exchanges with channels.
func BlockSize(n *graph.Node) (int64, error) {
	o, err := Of(n)
	if err != nil {
		return 0, err
	}
	size := o.Int("blocksize")
	if size < 1 || size > MaxExtent {
		return 0, fault(Invalid, "its blocksize is %d, not between 1 and %d", size, int64(MaxExtent))
	}
	return size, nil
}
