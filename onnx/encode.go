package onnx

import (
	"errors"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// encodeModel lays out the whole file: what the file said of the model, and the graph as it is now.
func (e *encoder) encodeModel() (*segments, error) {
	m := e.model
	old := &onnxpb.ModelProto{}
	if x, ok := m.Extra.(*modelExtra); ok {
		old = x.pb
	}
	pb := &onnxpb.ModelProto{
		IrVersion:       number(old.IrVersion, m.IRVersion),
		ProducerName:    text(old.ProducerName, m.ProducerName),
		ProducerVersion: text(old.ProducerVersion, m.ProducerVersion),
		Domain:          old.Domain,
		ModelVersion:    old.ModelVersion,
		DocString:       old.DocString,
		OpsetImport:     encodeOpsets(old.OpsetImport, m.Opsets),
		MetadataProps:   old.MetadataProps,
		TrainingInfo:    old.TrainingInfo,
		Configuration:   old.Configuration,
	}
	keepUnknown(pb, old)
	r := &segments{}
	r.fields(pb)
	g, err := e.graph(m.Graph)
	if err != nil {
		return nil, err
	}
	r.nested(7, g)
	for _, f := range m.Functions() {
		if err := e.function(r, f); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func encodeOpsets(old []*onnxpb.OperatorSetIdProto, opsets []graph.Opset) []*onnxpb.OperatorSetIdProto {
	same := slices.EqualFunc(old, opsets, func(pb *onnxpb.OperatorSetIdProto, o graph.Opset) bool {
		return pb.GetDomain() == o.Domain && pb.GetVersion() == o.Version
	})
	if same {
		return old
	}
	pbs := make([]*onnxpb.OperatorSetIdProto, len(opsets))
	for i, o := range opsets {
		pbs[i] = &onnxpb.OperatorSetIdProto{Domain: &o.Domain, Version: &o.Version}
	}
	return pbs
}

// graph lays out g.
func (e *encoder) graph(g *graph.Graph) (*segments, error) {
	old, _ := g.Extra.(*graphExtra)
	if old == nil {
		old = &graphExtra{pb: &onnxpb.GraphProto{}}
	}
	r := &segments{}
	for n := range g.Nodes() {
		if err := e.node(r, 1, n); err != nil {
			return nil, err
		}
	}
	for v := range g.Initializers() {
		if err := e.initializer(r, v); err != nil {
			return nil, err
		}
	}
	pb := &onnxpb.GraphProto{
		Name:                   text(old.pb.Name, g.Name),
		DocString:              text(old.pb.DocString, g.Doc),
		Input:                  e.inputs(g, old),
		Output:                 outputs(g, old),
		ValueInfo:              valueInfos(g, old),
		QuantizationAnnotation: annotations(g, old),
		MetadataProps:          old.pb.MetadataProps,
	}
	keepUnknown(pb, old.pb)
	r.fields(pb)
	return r, nil
}

// node adds n to r as field num.
func (e *encoder) node(r *segments, num protowire.Number, n *graph.Node) error {
	old, _ := n.Extra.(*onnxpb.NodeProto)
	if old == nil {
		old = &onnxpb.NodeProto{}
	}
	pb := &onnxpb.NodeProto{
		Input:                make([]string, 0, n.NumInputs()),
		Output:               make([]string, 0, n.NumOutputs()),
		Name:                 text(old.Name, n.Name),
		OpType:               text(old.OpType, n.OpType),
		Domain:               text(old.Domain, n.Domain),
		Overload:             text(old.Overload, n.Overload),
		DocString:            text(old.DocString, n.Doc),
		MetadataProps:        old.MetadataProps,
		DeviceConfigurations: old.DeviceConfigurations,
	}
	keepUnknown(pb, old)
	for _, v := range n.Inputs() {
		pb.Input = append(pb.Input, name(v))
	}
	for i := range n.NumOutputs() {
		pb.Output = append(pb.Output, name(n.Output(i)))
	}
	if !slices.ContainsFunc(n.Attrs(), large) {
		for _, a := range n.Attrs() {
			pb.Attribute = append(pb.Attribute, encodeAttr(a))
		}
		r.message(num, pb)
		return nil
	}
	sub := &segments{}
	sub.fields(pb)
	for _, a := range n.Attrs() {
		if err := e.attr(sub, 5, a); err != nil {
			return err
		}
	}
	r.nested(num, sub)
	return nil
}

// large tells the attributes that hold tensors or graphs.
func large(a *graph.Attr) bool {
	return a.Tensor != nil || a.Graph != nil || len(a.Tensors) > 0 || len(a.Graphs) > 0 || opaqueTensor(a)
}

// attr adds an attribute with what it holds to r as field num.
func (e *encoder) attr(r *segments, num protowire.Number, a *graph.Attr) error {
	sub := &segments{}
	sub.fields(encodeAttr(a))
	if a.Tensor != nil || opaqueTensor(a) {
		if err := e.tensor(sub, 5, a.Tensor, attrStored(a, -1, a.Tensor), "", a.Name); err != nil {
			return err
		}
	}
	for i, t := range a.Tensors {
		if err := e.tensor(sub, 10, t, attrStored(a, i, t), "", a.Name); err != nil {
			return err
		}
	}
	if a.Graph != nil {
		g, err := e.graph(a.Graph)
		if err != nil {
			return err
		}
		sub.nested(6, g)
	}
	for _, g := range a.Graphs {
		g, err := e.graph(g)
		if err != nil {
			return err
		}
		sub.nested(11, g)
	}
	r.nested(num, sub)
	return nil
}

// initializer adds v to the initializers of r.
func (e *encoder) initializer(r *segments, v *graph.Value) error {
	s, _ := v.Extra().(*stored)
	if v.Data() == nil && (s == nil || s.data != nil) {
		return errors.New("initializer " + v.Name() + " has no data")
	}
	if s != nil && s.sparse != nil && v.Data() == nil {
		r.message(15, s.sparse)
		return nil
	}
	return e.tensor(r, 5, v.Data(), s, v.Name(), v.Name())
}

func name(v *graph.Value) string {
	if v == nil {
		return ""
	}
	return v.Name()
}

// text is the field of a string that is now the given one: absent and empty mean the same, and an
// unchanged field stays as it was.
func text(old *string, now string) *string {
	if old == nil && now == "" || old != nil && *old == now {
		return old
	}
	return &now
}

// number is [text] for numbers.
func number(old *int64, now int64) *int64 {
	if old == nil && now == 0 || old != nil && *old == now {
		return old
	}
	return &now
}
