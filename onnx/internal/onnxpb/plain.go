package onnxpb

// IsPlain reports whether a tensor is no more than its shape, its type, its name and raw data.
func (x *TensorProto) IsPlain() bool {
	return x.DataType != nil && x.Segment == nil && x.DocString == nil && x.DataLocation == nil && (x.Name == nil || *x.Name != "") &&
		x.FloatData == nil && x.Int32Data == nil && x.StringData == nil && x.Int64Data == nil && x.DoubleData == nil && x.Uint64Data == nil &&
		x.ExternalData == nil && x.MetadataProps == nil && x.unknownFields == nil
}

// IsPlain reports whether a node is no more than its inputs and outputs, its attributes, and what it calls itself and its
// operator.
func (x *NodeProto) IsPlain() bool {
	for _, word := range []*string{x.Name, x.OpType, x.DocString, x.Domain, x.Overload} {
		if word != nil && *word == "" {
			return false
		}
	}
	return x.MetadataProps == nil && x.DeviceConfigurations == nil && x.unknownFields == nil
}

// Rest is what a node says beyond its inputs and outputs and its attributes.
func (x *NodeProto) Rest() *NodeProto {
	return &NodeProto{
		Name: x.Name, OpType: x.OpType, DocString: x.DocString, Domain: x.Domain, Overload: x.Overload,
		MetadataProps: x.MetadataProps, DeviceConfigurations: x.DeviceConfigurations, unknownFields: x.unknownFields,
	}
}

// IsPlain reports whether an attribute, which has no more than one value, is no more than its name, its type and that value:
// a number, a text, or a list of numbers.
func (x *AttributeProto) IsPlain() bool {
	if x.Name == nil || x.Type == nil || x.DocString != nil || x.RefAttrName != nil || x.unknownFields != nil {
		return false
	}
	switch *x.Type {
	case AttributeProto_FLOAT:
		return x.F != nil
	case AttributeProto_INT:
		return x.I != nil
	case AttributeProto_STRING:
		return x.S != nil
	case AttributeProto_INTS:
		return len(x.Ints) > 0
	case AttributeProto_FLOATS:
		return len(x.Floats) > 0
	}
	return false
}
