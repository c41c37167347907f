package onnx

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// Property is something that a file says of its model beside the graph: the key is the author's, and so is what the value means.
type Property struct {
	Key, Value string // as the file has them
}

// Metadata is what the file says of its model, in the order of the file.
func Metadata(m *graph.Model) []Property {
	x, ok := m.Extra.(*modelExtra)
	if !ok {
		return nil
	}
	list := make([]Property, len(x.pb.MetadataProps))
	for i, p := range x.pb.MetadataProps {
		list[i] = Property{p.GetKey(), p.GetValue()}
	}
	return list
}

// SetMetadata gives a model other metadata. Its clones keep what they have.
func SetMetadata(m *graph.Model, properties []Property) {
	now := &modelExtra{pb: &onnxpb.ModelProto{}}
	if x, ok := m.Extra.(*modelExtra); ok {
		now.external = x.external
		now.pb = withoutMetadata(x.pb)
		now.pb.MetadataProps = kept(x.pb.MetadataProps, properties)
	} else {
		now.pb.MetadataProps = kept(nil, properties)
	}
	m.Extra = now
}

// withoutMetadata is a message of its own with the fields of another.
func withoutMetadata(old *onnxpb.ModelProto) *onnxpb.ModelProto {
	pb := &onnxpb.ModelProto{
		IrVersion:       old.IrVersion,
		ProducerName:    old.ProducerName,
		ProducerVersion: old.ProducerVersion,
		Domain:          old.Domain,
		ModelVersion:    old.ModelVersion,
		DocString:       old.DocString,
		OpsetImport:     old.OpsetImport,
		TrainingInfo:    old.TrainingInfo,
		Configuration:   old.Configuration,
	}
	keepUnknown(pb, old)
	return pb
}

// kept are the messages of properties; one that the file has already stays the same message.
func kept(old []*onnxpb.StringStringEntryProto, properties []Property) []*onnxpb.StringStringEntryProto {
	list := make([]*onnxpb.StringStringEntryProto, len(properties))
	for i, p := range properties {
		at := slices.IndexFunc(old, func(e *onnxpb.StringStringEntryProto) bool { return e.GetKey() == p.Key && e.GetValue() == p.Value })
		if at >= 0 {
			list[i] = old[at]
			continue
		}
		list[i] = &onnxpb.StringStringEntryProto{Key: proto.String(p.Key), Value: proto.String(p.Value)}
	}
	return list
}
