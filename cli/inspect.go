package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// inspection is the document of the command.
type inspection struct {
	Schema    string           `json:"schema"`
	File      reports.File     `json:"file"`
	External  []string         `json:"external_data"`
	IRVersion int64            `json:"ir_version"`
	Opsets    map[string]int64 `json:"opsets"`
	Producer  string           `json:"producer"`
	Inputs    []string         `json:"inputs"`
	Outputs   []string         `json:"outputs"`
	Graph     reports.Graph    `json:"graph"`
	Notes     []string         `json:"notes"`
	// What the default passes would make of it: its blocks, and what it would consist of.
	Blocks []reports.Block `json:"blocks"`
	Fused  reports.Graph   `json:"fused"`
	// NothingFused counts the reasons why they would fuse nothing, where something could be; "" otherwise.
	NothingFused string `json:"nothing_fused,omitempty"`
	// Ranges is how far the channels of each layer are apart; nil where nobody asked.
	Ranges *channelRanges `json:"ranges,omitempty"`
}

// inspectOptions are the flags of the command.
type inspectOptions struct{ text, ranges bool }

func newInspectCmd(a *app) *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect MODEL",
		Short: "say what a model consists of, and what fusing would change",
		Long: `Say what a model consists of: its inputs and outputs, its operators, its parameters. The default passes
then run in memory, to say which blocks they would fuse. The file stays as it is.

With --ranges it says how far the output channels of each layer are apart, which int8 suffers from: in the file, after
fusing, and after the pass equalize_channels.`,
		Args: arguments(1, 1, "one model"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.text && a.asJSON {
				return outcome.Usagef("inspect: give --text or --json, not both")
			}
			if o.text && o.ranges {
				return outcome.Usagef("inspect: give --text or --ranges, not both")
			}
			path, err := expand(args[0])
			if err != nil {
				return err
			}
			return a.inspect(cmd.Context(), path, o)
		},
	}
	cmd.Flags().BoolVar(&o.text, "text", false, "print the whole graph in ONNX's text syntax")
	cmd.Flags().BoolVar(&o.ranges, "ranges", false, "say how far the output channels of each layer are apart")
	a.addJSON(cmd)
	return cmd
}

func (a *app) inspect(ctx context.Context, path string, o inspectOptions) (err error) {
	source, err := model.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	return model.Do(func() error { return a.tell(ctx, source, o) })
}

func (a *app) tell(ctx context.Context, source *model.File, o inspectOptions) error {
	if o.text {
		return source.Model().Text(a.out)
	}
	doc, err := describe(source)
	if err != nil {
		return err
	}
	doc.Notes = append(doc.Notes, wrongHints(source.Model())...)
	if err := a.foresee(ctx, source, &doc); err != nil {
		return err
	}
	if o.ranges {
		if doc.Ranges, err = a.foreseeRanges(ctx, source); err != nil {
			return err
		}
	}
	if a.asJSON {
		return a.document(doc)
	}
	a.printInspection(doc)
	if doc.Ranges == nil {
		return nil
	}
	as, err := a.format(tableName)
	if err != nil {
		return err
	}
	return as.Write(a.sink(), doc.Ranges)
}

func describe(s *model.File) (inspection, error) {
	m := s.Model()
	digest, err := s.Digest()
	doc := inspection{
		Schema: "acdeploy.inspect/v1", File: reports.File{Path: s.Path(), SHA256: digest.SHA256, ModelSHA256: digest.ModelSHA256, Bytes: digest.Bytes}, External: append([]string{}, s.External()...),
		IRVersion: m.IRVersion, Opsets: map[string]int64{}, Producer: producer(m),
		Inputs: []string{}, Outputs: []string{}, Graph: reports.Graph(s.Counts()), Notes: append([]string{}, m.Notes...),
	}
	for _, o := range m.Opsets {
		doc.Opsets[o.Domain] = o.Version
	}
	for _, spec := range s.Signature().Inputs {
		doc.Inputs = append(doc.Inputs, spec.String())
	}
	for _, spec := range s.Signature().Outputs {
		doc.Outputs = append(doc.Outputs, spec.String())
	}
	return doc, err
}

// foresee runs the default passes over the model in memory and says what they would do.
func (a *app) foresee(ctx context.Context, source *model.File, doc *inspection) error {
	steps, err := acdeploy.DefaultSteps(a.tools.Passes, nil)
	if err != nil {
		return err
	}
	fused, err := acdeploy.Fuse(ctx, source, steps, acdeploy.LimitsOf(configs.Defaults()))
	if err != nil {
		return err
	}
	record, err := fused.Document()
	if err != nil {
		return err
	}
	doc.Blocks, doc.Fused, doc.NothingFused = record.Blocks(), record.After.Graph, record.NothingFused
	return nil
}

func producer(m *graph.Model) string {
	return strings.TrimSpace(m.ProducerName + " " + m.ProducerVersion)
}

func (a *app) printInspection(d inspection) {
	line := func(name, format string, args ...any) {
		a.printf("%-11s %s\n", name, fmt.Sprintf(format, args...))
	}
	if d.NothingFused != "" {
		a.printf("NOTHING FUSED: %s\n", d.NothingFused)
	}
	line("file", "%s, %s", d.File.Path, human.Bytes(d.File.Bytes))
	line("sha256", "%s", d.File.SHA256)
	for _, path := range d.External {
		line("data", "%s", path)
	}
	if len(d.External) > 0 {
		line("with data", "%s", d.File.ModelSHA256)
	}
	var sets []string
	for _, domain := range slices.Sorted(maps.Keys(d.Opsets)) {
		name := domain
		if name == "" {
			name = "onnx"
		}
		sets = append(sets, fmt.Sprintf("%s %d", name, d.Opsets[domain]))
	}
	line("format", "IR %d, opset %s", d.IRVersion, strings.Join(sets, ", "))
	if d.Producer != "" {
		line("producer", "%s", d.Producer)
	}
	for _, in := range d.Inputs {
		line("input", "%s", in)
	}
	for _, out := range d.Outputs {
		line("output", "%s", out)
	}
	line("nodes", "%d", d.Graph.Nodes)
	line("parameters", "%d", d.Graph.Parameters)
	for _, op := range byCount(d.Graph.Ops) {
		line("", "%d %s", d.Graph.Ops[op], op)
	}
	for _, kind := range countBlocks(d.Blocks) {
		line("blocks", "%s", kind)
	}
	if maps.Equal(d.Graph.Ops, d.Fused.Ops) {
		line("fusing", "changes no node")
	} else {
		line("fusing", "%d → %d nodes: %s", d.Graph.Nodes, d.Fused.Nodes, changedOps(d.Graph, d.Fused))
	}
	for _, note := range d.Notes {
		line("note", "%s", note)
	}
}

// byCount sorts op types, the most frequent first.
func byCount(ops map[string]int) []string {
	return slices.SortedFunc(maps.Keys(ops), func(x, y string) int {
		if ops[x] != ops[y] {
			return ops[y] - ops[x]
		}
		return strings.Compare(x, y)
	})
}
