package graph

import (
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/tensor"
)

// Text writes the model in ONNX's own textual syntax (onnx/docs/Syntax.md), except that a tensor of
// more than eight elements is written as a checksum of its bytes: equal texts mean equal graphs, and a
// person can read them.
func (m *Model) Text(w io.Writer) error {
	p := printer{w: w}
	p.printf("<\n  ir_version: %d,\n  opset_import: ", m.IRVersion)
	p.opsets(m.Opsets)
	p.printf("\n>\n")
	p.graph(m.Graph, "")
	p.printf("\n")
	for _, f := range m.Functions() {
		p.function(f)
	}
	return p.err
}

// Text is the value of an attribute as [Model.Text] writes it.
func (a *Attr) Text() string {
	var b strings.Builder
	p := printer{w: &b}
	p.attr(a, "")
	return b.String()
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) opsets(opsets []Opset) {
	p.printf("[")
	for i, o := range opsets {
		p.separate(i)
		p.printf("%q : %d", o.Domain, o.Version)
	}
	p.printf("]")
}

// function is a definition with its attributes, those with a default last.
func (p *printer) function(f *Function) {
	p.printf("<\n  domain: %q", f.Domain)
	if f.Overload != "" {
		p.printf(",\n  overload: %q", f.Overload)
	}
	if f.Body == nil {
		p.printf("\n>\n%s {/* %s */}\n", quoteName(f.Name), f.Fault)
		return
	}
	p.printf(",\n  opset_import: ")
	p.opsets(f.Body.model.Opsets)
	p.printf("\n>\n%s <%s", quoteName(f.Name), join(f.Attrs, quoteName))
	for i, a := range f.Defaults {
		p.separate(i + len(f.Attrs))
		p.printf("%s = ", quoteName(a.Name))
		p.attr(a, "")
	}
	p.printf("> (%s) => (%s) {\n", names(f.Body.Inputs()), names(f.Body.Outputs()))
	for n := range f.Body.Nodes() {
		p.node(n, "  ")
	}
	p.printf("}\n")
}

func names(values []*Value) string { return join(values, valueName) }

func (p *printer) graph(g *Graph, indent string) {
	p.printf("%s (", quoteName(g.Name))
	for i, v := range g.inputs {
		p.separate(i)
		p.declare(v)
	}
	p.printf(") => (")
	for i, v := range g.Outputs() {
		p.separate(i)
		p.declare(v)
	}
	p.printf(")")
	p.initializers(g, indent)
	p.printf(" {\n")
	for n := range g.Nodes() {
		p.node(n, indent+"  ")
	}
	p.printf("%s}", indent)
}

func (p *printer) separate(i int) {
	if i > 0 {
		p.printf(", ")
	}
}

func (p *printer) declare(v *Value) {
	if typ := v.Type().String(); typ != "" {
		p.printf("%s ", typ)
	}
	p.printf("%s", quoteName(v.name))
}

func (p *printer) initializers(g *Graph, indent string) {
	any := false
	for v := range g.Initializers() {
		if !any {
			p.printf("\n%s<\n", indent)
		} else {
			p.printf(",\n")
		}
		any = true
		p.printf("%s  %s", indent, p.tensor(v.data, quoteName(v.name)+" = "))
	}
	if any {
		p.printf("\n%s>\n%s", indent, indent)
	}
}

func (p *printer) node(n *Node, indent string) {
	p.printf("%s", indent)
	if n.Name != "" {
		p.printf("[%s] ", quoteName(n.Name))
	}
	for i, v := range n.outputs {
		p.separate(i)
		p.printf("%s", valueName(v))
	}
	p.printf(" = ")
	if n.Domain != "" {
		p.printf("%s.", n.Domain)
	}
	p.printf("%s", n.OpType)
	if len(n.attrs) > 0 {
		p.printf(" <")
		for i, a := range n.attrs {
			p.separate(i)
			p.printf("%s = ", a.Name)
			p.attr(a, indent)
		}
		p.printf(">")
	}
	p.printf(" (")
	for i, v := range n.Inputs() {
		p.separate(i)
		p.printf("%s", valueName(v))
	}
	p.printf(")\n")
}

func (p *printer) attr(a *Attr, indent string) {
	switch {
	case a.Ref != "":
		p.printf("@%s", a.Ref)
	case a.Kind == AttrInt:
		p.printf("%d", a.Int)
	case a.Kind == AttrFloat:
		p.printf("%s", formatFloat(float64(a.Float), 32))
	case a.Kind == AttrString:
		p.printf("%q", a.String)
	case a.Kind == AttrInts:
		p.printf("[%s]", join(a.Ints, func(v int64) string { return strconv.FormatInt(v, 10) }))
	case a.Kind == AttrFloats:
		p.printf("[%s]", join(a.Floats, func(v float32) string { return formatFloat(float64(v), 32) }))
	case a.Kind == AttrStrings:
		p.printf("[%s]", join(a.Strings, strconv.Quote))
	case a.Kind == AttrTensor:
		p.printf("%s", p.tensor(a.Tensor, ""))
	case a.Kind == AttrTensors:
		p.printf("[%s]", join(a.Tensors, func(t *tensor.Tensor) string { return p.tensor(t, "") }))
	case a.Kind == AttrGraph && a.Graph != nil:
		p.graph(a.Graph, indent)
	default:
		p.printf("{/* %d graphs or other kind %d */}", len(a.Graphs), a.Kind)
	}
}

// tensor is the type, the name and the elements, or their checksum where they are many.
func (p *printer) tensor(t *tensor.Tensor, name string) string {
	if t == nil {
		return name + "{/* opaque */}"
	}
	head := fmt.Sprintf("%s[%s] %s", t.Type(), tensor.FormatShape(t.Shape()), name)
	if t.Type() == tensor.String {
		return fmt.Sprintf("%s{%s}", head, join(t.Strings(), strconv.Quote))
	}
	if t.Len() <= 8 && t.Type().Bits() >= 8 && (t.Type().IsInteger() || t.Type().IsFloat()) {
		return fmt.Sprintf("%s{%s}", head, join(t.Float64s(), func(v float64) string { return formatFloat(v, 64) }))
	}
	sum := crc32.NewIEEE()
	if _, err := t.WriteTo(sum); err != nil {
		return fmt.Sprintf("%s{/* %v */}", head, err)
	}
	return fmt.Sprintf("%s{/* crc32 %08x */}", head, sum.Sum32())
}

func join[T any](list []T, format func(T) string) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = format(v)
	}
	return strings.Join(parts, ", ")
}

func formatFloat(v float64, bits int) string { return strconv.FormatFloat(v, 'g', -1, bits) }

func valueName(v *Value) string {
	if v == nil {
		return `""`
	}
	return quoteName(v.name)
}

// quoteName quotes a name that is not an identifier of the syntax.
func quoteName(name string) string {
	for i, r := range name {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return strconv.Quote(name)
		}
	}
	if name == "" {
		return `""`
	}
	return name
}
