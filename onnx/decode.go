package onnx

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/onnx/internal/onnxpb"
)

// decoder builds the graph of one model.
type decoder struct {
	model  *graph.Model
	files  external
	names  names
	kept   bool                   // whether something was kept of the last initializer
	spare  *stored                // of which nothing was; nil for none
	shapes [8][]int64             // of the last tensors: most tensors of a large model have one of a few
	shared map[string]*graph.Attr // small attributes, by their bytes
	small  small                  // elements that were copied
	read   func(bytes int)        // is told what is read of tensors; nil for nobody
}

func decodeModel(pb *outline, open Opener, memory *account, read func(bytes int)) (*graph.Model, error) {
	opsets := make([]graph.Opset, len(pb.OpsetImport))
	for i, o := range pb.OpsetImport {
		opsets[i] = graph.Opset{Domain: o.GetDomain(), Version: o.GetVersion()}
	}
	if len(opsets) == 0 && pb.GetIrVersion() >= 3 {
		return nil, errors.New("the model imports no operator set")
	}
	m := graph.NewModel(pb.GetIrVersion(), opsets...)
	m.ProducerName, m.ProducerVersion = pb.GetProducerName(), pb.GetProducerVersion()
	noteVersions(m)

	d := decoder{model: m, files: external{open: open}, shared: map[string]*graph.Attr{}, read: read}
	main := pb.Graph
	pb.Graph = nil
	d.names.graph(main)
	d.names.message(pb.ProtoReflect())
	if err := d.graph(m.Graph, main, pb); err != nil {
		return nil, err
	}
	if err := d.inlineAll(pb.ModelProto); err != nil {
		return nil, err
	}
	d.functions(pb.Functions)
	pb.Functions = nil
	m.Extra = &modelExtra{pb: pb.ModelProto, external: len(d.files.opened) > 0}
	m.Room = memory.left(d.files.size())

	moved, err := m.Graph.Sort()
	if err != nil {
		return nil, err
	}
	if moved {
		m.Notes = append(m.Notes, "the nodes were not in topological order and have been sorted")
	}
	if err := imports(m.Graph); err != nil {
		return nil, err
	}
	return m, op.Check(m.Graph)
}

// imports refuses operators of ONNX's own in a graph that does not import them: what they mean depends on the version, and each
// reader would take another one. The first files imported nothing; their version is 1.
func imports(g *graph.Graph) error {
	if m := g.Model(); m.Opset("") > 0 || len(m.Opsets) == 0 {
		return nil
	}
	for sub := range g.All() {
		for n := range sub.Nodes() {
			if n.Is(n.OpType) {
				return fmt.Errorf("node %s: %s is of ONNX's own operators, of which no version is imported", n.Label(), n.OpType)
			}
		}
	}
	return nil
}

func noteVersions(m *graph.Model) {
	if m.IRVersion <= 0 {
		m.Notes = append(m.Notes, "the model does not say its IR version")
	}
	if m.IRVersion > MaxIRVersion {
		m.Notes = append(m.Notes, fmt.Sprintf("IR version %d is newer than %d, the newest one known here", m.IRVersion, MaxIRVersion))
	}
	if v := m.Opset(""); v > MaxOpset {
		m.Notes = append(m.Notes, fmt.Sprintf("operator set %d is newer than %d, the newest one known here", v, MaxOpset))
	}
}

// subgraph fills a graph whose message is complete.
func (d *decoder) subgraph(g *graph.Graph, pb *onnxpb.GraphProto) error {
	return d.graph(g, pb, messages{pb})
}

// graph fills g. All of its values exist before the first use is joined to one, so that nodes may
// come in any order.
func (d *decoder) graph(g *graph.Graph, pb *onnxpb.GraphProto, from contents) error {
	g.Name, g.Doc = pb.GetName(), pb.GetDocString()
	x := &graphExtra{
		pb: pb, types: map[string]graph.Type{},
		inputs: map[string]*onnxpb.ValueInfoProto{}, orphans: map[string]bool{},
	}
	g.Extra = x
	g.Expect(from.count())
	if err := d.inputs(g, x); err != nil {
		return err
	}
	if err := d.initializers(g, from.initializers(d)); err != nil {
		return err
	}
	if err := d.sparse(g, pb); err != nil {
		return err
	}
	nodes, err := d.nodes(g, from.heads(d))
	if err != nil {
		return err
	}
	for body := range from.bodies() {
		n := nodes[0]
		if err := d.connect(g, n, body); err != nil {
			return fmt.Errorf("node %s: %w", n.Label(), err)
		}
		nodes = nodes[1:]
	}
	if err := d.outputs(g, pb); err != nil {
		return err
	}
	d.declarations(g, x)
	pb.Node, pb.Initializer, pb.SparseInitializer = nil, nil, nil
	return nil
}

func (d *decoder) inputs(g *graph.Graph, x *graphExtra) error {
	for i, info := range x.pb.Input {
		v, err := g.AddInput(info.GetName(), decodeType(info.Type))
		if err != nil {
			return fmt.Errorf("input %d: %w", i, err)
		}
		x.inputs[v.Name()] = info
	}
	return nil
}

func (d *decoder) outputs(g *graph.Graph, pb *onnxpb.GraphProto) error {
	for _, info := range pb.Output {
		v := g.Lookup(info.GetName())
		if v == nil {
			return fmt.Errorf("output %q: no node produces this value", info.GetName())
		}
		g.AddOutput(v)
		declare(g, v, info)
	}
	return nil
}

// declarations gives values the types that the graph's value infos declare, and remembers which
// names are not those of values.
func (d *decoder) declarations(g *graph.Graph, x *graphExtra) {
	for _, info := range x.pb.ValueInfo {
		if v := g.Lookup(info.GetName()); v != nil && v.Graph() == g {
			declare(g, v, info)
			x.types[v.Name()] = v.Type()
		} else {
			x.orphans[info.GetName()] = true
		}
	}
	for _, a := range x.pb.QuantizationAnnotation {
		if v := g.Lookup(a.GetTensorName()); v == nil || v.Graph() != g {
			x.orphans[a.GetTensorName()] = true
		}
	}
	for _, v := range append(g.Outputs(), g.Inputs()...) {
		x.types[v.Name()] = v.Type()
	}
}

// declare gives v a declared type unless it has one.
func declare(g *graph.Graph, v *graph.Value, info *onnxpb.ValueInfoProto) {
	if v.Graph() == g && sameType(v.Type(), graph.Type{}) {
		v.SetType(decodeType(info.Type))
	}
}

func (d *decoder) initializers(g *graph.Graph, all iter.Seq2[*onnxpb.TensorProto, error]) error {
	i := -1
	for t, err := range all {
		if i++; err != nil {
			return fmt.Errorf("initializer %d: %w", i, err)
		}
		if t.GetName() == "" {
			return fmt.Errorf("initializer %d has no name", i)
		}
		s, err := d.tensor(t)
		if err != nil {
			return fmt.Errorf("initializer %q: %w", t.GetName(), err)
		}
		v, err := g.AddInitializer(t.GetName(), s.data)
		if err != nil {
			return fmt.Errorf("initializer: %w", err)
		}
		if d.kept = !d.forgets(s); d.kept {
			v.SetExtra(s)
		} else {
			d.spare = s
		}
	}
	return nil
}

// forgets reports whether nothing has to be kept of how the file has a tensor: it is written again as any other. Up to IR
// version 3 an initializer without one is new, and becomes an input.
func (d *decoder) forgets(s *stored) bool {
	return d.model.IRVersion >= 4 && s.field == rawData && s.data != nil && s.pb.IsPlain()
}

func (d *decoder) sparse(g *graph.Graph, pb *onnxpb.GraphProto) error {
	for i, t := range pb.SparseInitializer {
		v, err := g.AddInitializer(t.GetValues().GetName(), nil)
		if err == nil {
			err = d.inline(t.ProtoReflect())
		}
		if err != nil {
			return fmt.Errorf("sparse initializer %d: %w", i, err)
		}
		v.SetExtra(&stored{sparse: t})
	}
	return nil
}

// nodes adds every node with its outputs, not yet with its inputs.
func (d *decoder) nodes(g *graph.Graph, heads iter.Seq2[*onnxpb.NodeProto, error]) ([]*graph.Node, error) {
	var nodes []*graph.Node
	for p, err := range heads {
		if err != nil {
			return nil, fmt.Errorf("node %d: %w", len(nodes), err)
		}
		n := graph.NewNode(p.GetOpType())
		n.Name, n.Domain, n.Overload, n.Doc = p.GetName(), p.GetDomain(), p.GetOverload(), p.GetDocString()
		if !p.IsPlain() {
			n.Extra = p.Rest()
		}
		if n.OpType == "" {
			return nil, fmt.Errorf("node %d (%q) has no operator type", len(nodes), n.Name)
		}
		for _, name := range p.Output {
			if err := addOutput(g, n, name); err != nil {
				return nil, fmt.Errorf("node %s: %w", n.Label(), err)
			}
		}
		g.Append(n)
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func addOutput(g *graph.Graph, n *graph.Node, name string) error {
	if name == "" {
		return n.AddOutput(nil)
	}
	v, err := g.AddValue(name)
	if err != nil {
		if p := g.Lookup(name).Producer(); p != nil {
			return fmt.Errorf("value %q has a second producer, node %s", name, p.Label())
		}
		return err
	}
	return n.AddOutput(v)
}

// connect joins the inputs of a node to their values and decodes its attributes.
func (d *decoder) connect(g *graph.Graph, n *graph.Node, body nodeBody) error {
	few, fewAttrs := [8]*graph.Value{}, [8]*graph.Attr{} // most nodes have no more
	inputs := few[:0]
	for _, name := range body.inputs {
		var v *graph.Value
		if name != "" {
			if v = g.Lookup(name); v == nil {
				return fmt.Errorf("input %q: no node produces this value", name)
			}
		}
		inputs = append(inputs, v)
	}
	n.AddInputs(inputs...)
	attrs := fewAttrs[:0]
	for _, pb := range body.attributes {
		a, err := d.attr(g, pb)
		if err != nil {
			return fmt.Errorf("attribute %q: %w", pb.GetName(), err)
		}
		attrs = append(attrs, a)
	}
	for _, data := range body.encoded {
		a, err := d.encodedAttr(g, data)
		if err != nil {
			return err
		}
		attrs = append(attrs, a)
	}
	if name, twice := repeated(attrs); twice {
		return fmt.Errorf("attribute %q is given twice", name)
	}
	n.AddAttrs(attrs...)
	return nil
}

// fewAttributes are so few that comparing each with each takes less than a set of their names.
const fewAttributes = 16

// repeated is the first name that a second attribute has.
func repeated(attrs []*graph.Attr) (string, bool) {
	if len(attrs) > fewAttributes {
		seen := make(map[string]bool, len(attrs))
		for _, a := range attrs {
			if seen[a.Name] {
				return a.Name, true
			}
			seen[a.Name] = true
		}
		return "", false
	}
	for i, a := range attrs {
		if slices.ContainsFunc(attrs[:i], func(b *graph.Attr) bool { return b.Name == a.Name }) {
			return a.Name, true
		}
	}
	return "", false
}
