package onnx

import (
	"fmt"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// functions gives the model its functions. The message of each stays as it is, and is what is written
// again: the body is decoded from a copy. A function that cannot be understood is kept all the same.
func (d *decoder) functions(pbs []*onnxpb.FunctionProto) {
	for _, pb := range pbs {
		opsets := make([]graph.Opset, len(pb.OpsetImport))
		for i, o := range pb.OpsetImport {
			opsets[i] = graph.Opset{Domain: o.GetDomain(), Version: o.GetVersion()}
		}
		f := d.model.NewFunction(pb.GetDomain(), pb.GetName(), opsets...)
		f.Overload, f.Doc, f.Attrs, f.Extra = pb.GetOverload(), pb.GetDocString(), pb.Attribute, pb
		if err := d.function(f, pb); err != nil {
			f.Fault, f.Body = fmt.Sprintf("function %s: %v", f.Label(), err), nil
		}
		d.model.AddFunction(f)
	}
}

func (d *decoder) function(f *graph.Function, pb *onnxpb.FunctionProto) error {
	inner := decoder{model: f.Body.Model(), files: d.files}
	g := f.Body
	for i, name := range pb.Input {
		if _, err := g.AddInput(name, graph.Type{}); err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
	}
	body := &onnxpb.GraphProto{}
	for _, n := range pb.Node {
		body.Node = append(body.Node, shared(n.ProtoReflect()).Interface().(*onnxpb.NodeProto))
	}
	for _, name := range pb.Output {
		body.Output = append(body.Output, &onnxpb.ValueInfoProto{Name: &name})
	}
	if err := inner.subgraph(g, body); err != nil {
		return err
	}
	for _, a := range pb.AttributeProto {
		attr, err := inner.attr(g, shared(a.ProtoReflect()).Interface().(*onnxpb.AttributeProto))
		if err != nil {
			return fmt.Errorf("attribute %q: %w", a.GetName(), err)
		}
		f.Defaults = append(f.Defaults, attr)
	}
	if _, err := g.Sort(); err != nil {
		return err
	}
	if err := imports(g); err != nil {
		return err
	}
	return op.Check(g)
}

// shared copies a message down to the contents of its lists and bytes, which the two share.
func shared(m protoreflect.Message) protoreflect.Message {
	out := m.New()
	m.Range(func(field protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case field.Kind() != protoreflect.MessageKind:
			out.Set(field, v)
		case field.IsList():
			list := out.Mutable(field).List()
			for i := range v.List().Len() {
				list.Append(protoreflect.ValueOfMessage(shared(v.List().Get(i).Message())))
			}
		default:
			out.Set(field, protoreflect.ValueOfMessage(shared(v.Message())))
		}
		return true
	})
	out.SetUnknown(m.GetUnknown())
	return out
}

// function adds f to the functions of r: as the file has it, or what was made here.
func (e *encoder) function(r *segments, f *graph.Function) error {
	if pb, ok := f.Extra.(*onnxpb.FunctionProto); ok {
		r.message(25, pb)
		return nil
	}
	if f.Body == nil {
		return fmt.Errorf("function %s has no body to write: %s", f.Label(), f.Fault)
	}
	sub := &segments{}
	pb := &onnxpb.FunctionProto{
		Name: &f.Name, Domain: text(nil, f.Domain), Overload: text(nil, f.Overload), DocString: text(nil, f.Doc),
		Attribute: f.Attrs, OpsetImport: encodeOpsets(nil, f.Body.Model().Opsets),
	}
	for _, v := range f.Body.Inputs() {
		pb.Input = append(pb.Input, v.Name())
	}
	for _, v := range f.Body.Outputs() {
		pb.Output = append(pb.Output, v.Name())
	}
	sub.fields(pb)
	for n := range f.Body.Nodes() {
		if err := e.node(sub, 7, n); err != nil {
			return err
		}
	}
	for _, a := range f.Defaults {
		if err := e.attr(sub, 11, a); err != nil {
			return err
		}
	}
	r.nested(25, sub)
	return nil
}
