package op

import "github.com/acdeploy/acdeploy/graph"

// Split is what a Split node says.
type Split struct {
	Axis  int
	Sizes []int64 // nil where the parts are equal, but for the last, which may be smaller
	Parts int
}

// ReadSplit reads a Split of an operand of so many axes.
func ReadSplit(n *graph.Node, rank int, read Reader) (Split, error) {
	s := Split{Parts: n.NumOutputs()}
	o, err := Of(n)
	if err != nil {
		return s, err
	}
	if s.Axis, err = axisOf(n, rank); err != nil {
		return s, err
	}
	if o.Has("num_outputs") && o.Int("num_outputs") != int64(s.Parts) {
		return s, fault(Invalid, "num_outputs is %d, and it has %d outputs", o.Int("num_outputs"), s.Parts)
	}
	list, given, err := o.List("split", read)
	if err != nil || !given {
		return s, err
	}
	if len(list) != s.Parts {
		return s, fault(Invalid, "its split has %d sizes, and it has %d outputs", len(list), s.Parts)
	}
	s.Sizes = list
	return s, nil
}

// Part is where part i starts on an axis of that size, and how many elements it has; false where the parts
// do not fit the axis.
func (s Split) Part(i int, size int64) (start, count int64, ok bool) {
	if s.Sizes == nil {
		part := (size + int64(s.Parts) - 1) / int64(s.Parts)
		start = min(int64(i)*part, size)
		return start, min(part, size-start), true
	}
	total := int64(0)
	for k, part := range s.Sizes {
		if part < 0 || part > size {
			return 0, 0, false
		}
		if k == i {
			start = total
		}
		total += part
	}
	return start, s.Sizes[i], total == size
}
