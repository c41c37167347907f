package ort

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/tensor"
)

// describeKernels completes the steps of a profile by what the optimised graph says of their nodes: the
// domain, which tells a blocked layout from the plain one, and the attributes. A node without a name of its
// own cannot be told from others of its operator, so it gets the attributes of all of them. A graph that
// cannot be read leaves steps as they are.
func describeKernels(steps []backends.Step, file []byte) {
	if file == nil {
		return
	}
	m, err := onnx.Decode(file, nil)
	if err != nil {
		return
	}
	named, unnamed := map[string][]*graph.Node{}, map[string][]*graph.Node{}
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			if n.Name == "" {
				unnamed[n.OpType] = append(unnamed[n.OpType], n)
			} else {
				named[n.Name] = append(named[n.Name], n)
			}
		}
	}
	for i, step := range steps {
		nodes := named[step.Name]
		if nodes == nil {
			nodes = unnamed[step.Op]
		}
		nodes = slices.DeleteFunc(slices.Clone(nodes), func(n *graph.Node) bool { return n.OpType != step.Op })
		domains, texts := distinct(nodes, domain), distinct(nodes, attributes)
		if len(domains) > 0 && domains[0] != "" {
			steps[i].Op = strings.Join(domains, "|") + "." + step.Op
		}
		if len(texts) > 0 && texts[len(texts)-1] != "" {
			steps[i].Detail = strings.Join(texts, "|") + " " + step.Detail
		}
	}
}

// distinct lists what is said of nodes, each once, in order.
func distinct(nodes []*graph.Node, say func(*graph.Node) string) []string {
	var texts []string
	for _, n := range nodes {
		texts = append(texts, say(n))
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// domain is that of a node; "" for ONNX's own.
func domain(n *graph.Node) string {
	if n.Domain == "ai.onnx" {
		return ""
	}
	return n.Domain
}

// attributes writes those of a node by name: {group=1 kernel_shape=3,3}.
func attributes(n *graph.Node) string {
	var parts []string
	for _, a := range n.Attrs() {
		parts = append(parts, a.Name+"="+attribute(a))
	}
	if len(parts) == 0 {
		return ""
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, " ") + "}"
}

// maxAttribute is the longest value that is written out.
const maxAttribute = 200

// attribute writes a value. Of tensors it writes types and shapes, as of weights.
func attribute(a *graph.Attr) string {
	text := a.String
	switch a.Kind {
	case graph.AttrInt:
		text = strconv.FormatInt(a.Int, 10)
	case graph.AttrFloat:
		text = single(a.Float)
	case graph.AttrInts:
		text = joined(a.Ints, func(v int64) string { return strconv.FormatInt(v, 10) })
	case graph.AttrFloats:
		text = joined(a.Floats, single)
	case graph.AttrStrings:
		text = joined(a.Strings, strconv.Quote)
	case graph.AttrTensor:
		if a.Tensor != nil {
			text = fmt.Sprintf("%s[%s]", a.Tensor.Type(), tensor.FormatShape(a.Tensor.Shape()))
		}
	case graph.AttrString:
	default:
		text = "…"
	}
	if len(text) > maxAttribute {
		return strings.ToValidUTF8(text[:maxAttribute], "") + "…"
	}
	return text
}

func single(v float32) string { return strconv.FormatFloat(float64(v), 'g', -1, 32) }

func joined[T any](values []T, write func(T) string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = write(v)
	}
	return strings.Join(parts, ",")
}
