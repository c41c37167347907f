package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/extract"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// extraction is the document of the command.
type extraction struct {
	Schema  string        `json:"schema"`
	Input   reports.File  `json:"input"`
	Output  reports.File  `json:"output"`
	Inputs  []string      `json:"inputs"`
	Outputs []string      `json:"outputs"`
	Before  reports.Graph `json:"before"`
	After   reports.Graph `json:"after"`
}

func newExtractCmd(a *app) *cobra.Command {
	var from, to []string
	var output string
	cmd := &cobra.Command{
		Use:   "extract MODEL --from VALUE --to VALUE -o OUTPUT",
		Short: "cut a part out of a model",
		Long: `Write a model of its own that computes the values --to from the values --from as the model does. Both flags may be
repeated. Without --from the part begins at the inputs of the model, without --to it ends at its outputs. What else the part
reads stays an input.

The values of sub-graphs, such as the branches of an If, can be named like all others; where several have one name, the
message says how to tell them apart. The model may be larger than the memory: its weights stay in the file, and those of
the part are copied from file to file.

	acdeploy extract net.onnx --from /layer1/relu_output --to /layer2/add_output -o part.onnx

acdeploy inspect MODEL --text prints the names of all values.`,
		Args: arguments(1, 1, "one model"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.progress.delay(time.Second)
			if output == "" {
				return outcome.Usagef("extract: name the file to write with -o")
			}
			if len(from)+len(to) == 0 {
				return outcome.Usagef("extract: say where to cut with --from, --to or both")
			}
			path, err := expand(args[0])
			if err != nil {
				return err
			}
			return a.extract(cmd.Context(), path, output, from, to)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&from, "from", nil, "name of a value that the part reads")
	f.StringArrayVar(&to, "to", nil, "name of a value that the part computes")
	f.VarP(pathValue{&output}, "output", "o", "file to write")
	a.addJSON(cmd)
	return cmd
}

// openFor opens a model of which another one is to be made, in another file.
func openFor(ctx context.Context, path, output string) (*model.File, error) {
	source, err := model.OpenOn(ctx, path)
	if err != nil {
		return nil, err
	}
	if source.Is(output) {
		return nil, errors.Join(outcome.Usagef("write model %s: %v", output, model.ErrSelf), source.Close())
	}
	return source, nil
}

func (a *app) extract(ctx context.Context, path, output string, from, to []string) (err error) {
	source, err := openFor(ctx, path, output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	var part *graph.Model
	if err := model.Do(func() (err error) { part, err = extract.Cut(source.Model(), from, to); return err }); err != nil {
		return fmt.Errorf("extract %s: %w", path, err)
	}
	a.progress.observe(acdeploy.Event{Stage: "extract", Note: fmt.Sprintf("%d of %d nodes are written", model.Count(part).Nodes, source.Counts().Nodes)})
	saved, err := source.Save(ctx, output, part)
	a.progress.clear()
	if err != nil {
		return err
	}
	digest, err := source.Digest()
	if err != nil {
		return err
	}
	doc := extraction{
		Schema: "acdeploy.extract/v1",
		Input:  reports.File{Path: path, SHA256: digest.SHA256, ModelSHA256: digest.ModelSHA256, Bytes: digest.Bytes},
		Output: reports.File{Path: saved.Path, SHA256: saved.SHA256, ModelSHA256: saved.ModelSHA256, Bytes: saved.Bytes},
		Before: reports.Graph(source.Counts()), After: reports.Graph(model.Count(part)),
	}
	signature := model.SignatureOf(part)
	for _, s := range signature.Inputs {
		doc.Inputs = append(doc.Inputs, s.String())
	}
	for _, s := range signature.Outputs {
		doc.Outputs = append(doc.Outputs, s.String())
	}
	if a.asJSON {
		return a.document(doc)
	}
	a.printExtraction(doc)
	return nil
}

func (a *app) printExtraction(d extraction) {
	for _, in := range d.Inputs {
		a.printf("input       %s\n", in)
	}
	for _, out := range d.Outputs {
		a.printf("output      %s\n", out)
	}
	a.printf("wrote %s, %s: %d of %s\n", d.Output.Path, human.Bytes(d.Output.Bytes), d.After.Nodes, human.Count(d.Before.Nodes, "node"))
}
