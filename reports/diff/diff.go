// Package diff says what became of a model in another one: which blocks were merged and which nodes are gone, how far
// initializers changed, and what else is not the same.
//
// The [Diff] is a document of reports, so that every format for people can write it.
package diff

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/reports"
)

// Schema is the kind and the version of the document.
const Schema = "acdeploy.diff/v1"

// How the nodes of the second model were traced to those of the first.
const (
	ByPasses = "passes" // the passes make the second model of the first, and say what they do
	ByNames  = "names"  // values of one name were taken for the same
)

// Diff is the document of acdeploy diff.
type Diff struct {
	Schema       string           `json:"schema"`       // kind and version of this document
	First        reports.File     `json:"first"`        // file of the first model
	Second       reports.File     `json:"second"`       // file of the second model
	Same         bool             `json:"same"`         // nothing below is different
	MatchedBy    string           `json:"matched_by"`   // passes or names
	NotStarted   []string         `json:"not_started"`  // programs among the passes, where names were compared: what they do is not known
	Before       reports.Graph    `json:"before"`       // what the first model consists of
	After        reports.Graph    `json:"after"`        // what the second model consists of
	Blocks       []reports.Became `json:"blocks"`       // several nodes that became one
	Became       []reports.Became `json:"became"`       // other nodes that became others
	Gone         []Node           `json:"gone"`         // nodes of the first model in whose place there is nothing
	Added        []Node           `json:"added"`        // nodes of the second model that stand for none of the first
	Changed      []Change         `json:"changed"`      // nodes that both models have, with other attributes or operands
	Initializers []Initializer    `json:"initializers"` // those that are not the same in both
	Interface    []Change         `json:"interface"`    // inputs and outputs that are not the same in both
	Metadata     []Change         `json:"metadata"`     // what the files say of their models
}

// Node is a node of one of the models.
type Node struct {
	Name   string `json:"name"`    // as messages call it
	OpType string `json:"op_type"` // its operator
}

// Change is something that reads otherwise in the second model. One of the texts is empty where only the other model has it.
type Change struct {
	What   string `json:"what"`   // name of what it is
	First  string `json:"first"`  // how it reads in the first model
	Second string `json:"second"` // how it reads in the second model
}

// New compares two models. made says what became of the nodes where the passes make the second model of the first, and known
// whether they do.
func New(first, second *model.File, made []reports.Became, known bool) (*Diff, error) {
	d := &Diff{
		Schema: Schema, MatchedBy: ByNames, Before: reports.Graph(first.Counts()), After: reports.Graph(second.Counts()),
		NotStarted: []string{}, Blocks: []reports.Became{}, Became: []reports.Became{}, Gone: []Node{}, Added: []Node{}, Changed: []Change{},
		Initializers: []Initializer{}, Interface: []Change{}, Metadata: []Change{},
	}
	var err error
	if d.First, err = file(first); err != nil {
		return nil, err
	}
	if d.Second, err = file(second); err != nil {
		return nil, err
	}
	if d.MatchedBy = ByPasses; !known {
		d.MatchedBy, made = ByNames, byNames(first.Model(), second.Model())
	}
	d.sort(made)
	d.nodes(first.Model(), second.Model())
	if err := d.initializers(first.Model(), second.Model()); err != nil {
		return nil, err
	}
	d.interfaces(first.Model(), second.Model())
	d.metadata(first.Model(), second.Model())
	d.Same = len(d.Blocks)+len(d.Became)+len(d.Gone)+len(d.Added)+len(d.Changed)+len(d.Initializers)+len(d.Interface)+len(d.Metadata) == 0
	return d, nil
}

// file is what the document says of a file.
func file(f *model.File) (reports.File, error) {
	d, err := f.Digest()
	return reports.File{Path: f.Path(), SHA256: d.SHA256, ModelSHA256: d.ModelSHA256, Bytes: d.Bytes}, err
}

// sort puts each change under what it is.
func (d *Diff) sort(changes []reports.Became) {
	for _, b := range changes {
		switch {
		case len(b.To) == 0:
			d.Gone = append(d.Gone, nodes(b.From, b.FromOpTypes)...)
		case len(b.From) == 0:
			d.Added = append(d.Added, nodes(b.To, b.ToOpTypes)...)
		case len(b.From) > len(b.To) && len(b.To) == 1:
			d.Blocks = append(d.Blocks, b)
		default:
			d.Became = append(d.Became, b)
		}
	}
}

func nodes(names, opTypes []string) []Node {
	list := make([]Node, len(names))
	for i := range names {
		list[i] = Node{names[i], opTypes[i]}
	}
	return list
}

// nodes compares the nodes that both models have, by name and operator: their attributes, and which values they read.
func (d *Diff) nodes(first, second *graph.Model) {
	traced := map[string]bool{}
	for _, b := range slices.Concat(d.Blocks, d.Became) {
		for _, name := range b.To {
			traced[name] = true
		}
	}
	was := map[string]*graph.Node{}
	for g := range first.Graph.All() {
		for n := range g.Nodes() {
			was[n.Label()] = n
		}
	}
	for g := range second.Graph.All() {
		for n := range g.Nodes() {
			old := was[n.Label()]
			if old == nil || old.OpType != n.OpType || traced[n.Label()] {
				continue
			}
			d.node(old, n)
		}
	}
}

func (d *Diff) node(old, now *graph.Node) {
	texts := [2]map[string]string{attributes(old), attributes(now)}
	for _, name := range keys(texts[0], texts[1]) {
		d.change(&d.Changed, now.Label()+": "+name, texts[0][name], texts[1][name])
	}
}

// attributes writes the attributes of a node, but for graphs, and the names of the initializers that it reads.
func attributes(n *graph.Node) map[string]string {
	list := map[string]string{}
	for _, a := range n.Attrs() {
		if a.Graph == nil && len(a.Graphs) == 0 {
			list[a.Name] = a.Text()
		}
	}
	for i, v := range n.Inputs() {
		if v.IsInitializer() {
			list[fmt.Sprintf("input %d", i+1)] = v.Name()
		}
	}
	return list
}

func keys(a, b map[string]string) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(slices.Collect(maps.Keys(a)), slices.Collect(maps.Keys(b))))))
}

func (d *Diff) change(list *[]Change, what, first, second string) {
	if first != second {
		*list = append(*list, Change{what, first, second})
	}
}

// interfaces compares inputs and outputs: their names, types, shapes and order.
func (d *Diff) interfaces(first, second *graph.Model) {
	was, is := model.SignatureOf(first), model.SignatureOf(second)
	texts := [2]map[string]string{{}, {}}
	for i, s := range []model.Signature{was, is} {
		for k, in := range s.Inputs {
			texts[i]["input "+in.Name] = fmt.Sprintf("%s, the %s", typeOf(in.String()), nth(k))
		}
		for k, out := range s.Outputs {
			texts[i]["output "+out.Name] = fmt.Sprintf("%s, the %s", typeOf(out.String()), nth(k))
		}
	}
	for _, name := range keys(texts[0], texts[1]) {
		d.change(&d.Interface, name, texts[0][name], texts[1][name])
	}
}

// typeOf is a declaration without its name.
func typeOf(spec string) string {
	typ, _, _ := strings.Cut(spec, " ")
	return typ
}

func nth(i int) string {
	return cmp.Or(map[int]string{0: "first", 1: "second", 2: "third"}[i], fmt.Sprintf("number %d", i+1))
}

// metadata compares what the files say beside their graphs.
func (d *Diff) metadata(first, second *graph.Model) {
	texts := [2]map[string]string{about(first), about(second)}
	for _, key := range keys(texts[0], texts[1]) {
		d.change(&d.Metadata, key, texts[0][key], texts[1][key])
	}
}

func about(m *graph.Model) map[string]string {
	list := map[string]string{
		"IR version": fmt.Sprint(m.IRVersion), "producer": strings.TrimSpace(m.ProducerName + " " + m.ProducerVersion),
		"name of the graph": m.Graph.Name,
	}
	for _, o := range m.Opsets {
		list["opset "+cmp.Or(o.Domain, "ai.onnx")] = fmt.Sprint(o.Version)
	}
	for _, f := range m.Functions() {
		list["function "+f.Label()] = "defined"
	}
	for _, p := range onnx.Metadata(m) {
		list["metadata "+p.Key] = p.Value
	}
	return list
}
