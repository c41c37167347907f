package onnxpb

// Contents is the element type of the tensors that a declared sequence or optional holds, and what holds them, from the
// outside: s for a sequence, o for an optional. The element type is 0 for what holds no dense tensors.
func (x *TypeProto) Contents() (elem int32, in string) {
	for {
		switch {
		case x.GetSequenceType() != nil:
			x, in = x.GetSequenceType().GetElemType(), in+"s"
		case x.GetOptionalType() != nil:
			x, in = x.GetOptionalType().GetElemType(), in+"o"
		default:
			return x.GetTensorType().GetElemType(), in
		}
	}
}
