package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/internal/plain"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// plainDocument is the document of the command.
type plainDocument struct {
	Schema string        `json:"schema"`
	Input  reports.File  `json:"input"`
	Output reports.File  `json:"output"`
	Seed   uint64        `json:"seed"`
	Before reports.Graph `json:"before"`
	After  reports.Graph `json:"after"`
	Merged int           `json:"merged"` // blocks that became one node
	Left   []leftBlock   `json:"left"`   // blocks that did not
}

// leftBlock is a block that did not become one node.
type leftBlock struct {
	Node     string   `json:"node"`
	Branches []string `json:"branches"` // a word each
	Reason   string   `json:"reason"`   // a stable word
	Detail   string   `json:"detail"`   // a sentence
}

func newPlainCmd(a *app) *cobra.Command {
	var output string
	var seed uint64
	cmd := &cobra.Command{
		Use:   "plain MODEL -o OUTPUT",
		Short: "make a baseline to measure against, where none was exported",
		Long: `Write the network that MODEL would have been without branches, to measure against with bench or run. Each block of parallel
linear branches becomes one convolution with a kernel as large as all of them together, also where fuse leaves it. MODEL may
be the network as trained, or its fused form.

The weights are random: the latency does not depend on them, and the answers mean nothing. They are drawn so that no number in
the network is infinite, or so small that it slows a processor down. A baseline need not be trained.

The file says in its metadata that it was made and not exported, and so does every report of a measurement against it.
A block that cannot become one convolution is named, with the reason.`,
		Args: arguments(1, 1, "one model"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.progress.delay(time.Second)
			switch output {
			case "":
				return outcome.Usagef("plain: name the file to write with -o")
			case "-":
				return outcome.Usagef("plain: the model cannot be written to standard output; name a file with -o")
			}
			path, err := expand(args[0])
			if err != nil {
				return err
			}
			return a.plainModel(cmd.Context(), path, output, seed)
		},
	}
	f := cmd.Flags()
	f.VarP(pathValue{&output}, "output", "o", "file to write")
	f.Uint64Var(&seed, "seed", 1, "which random weights")
	a.addJSON(cmd)
	return cmd
}

func (a *app) plainModel(ctx context.Context, path, output string, seed uint64) (err error) {
	steps, err := acdeploy.DefaultSteps(a.tools.Passes, nil)
	if err != nil {
		return err
	}
	source, err := openFor(ctx, path, output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	a.progress.observe(acdeploy.Event{Stage: "plain"})
	m := source.Model().Clone()
	var made plain.Made
	err = model.Do(func() (err error) {
		made, err = plain.Make(ctx, m, steps, acdeploy.LimitsOf(configs.Defaults()), seed)
		return err
	})
	if err != nil {
		return fmt.Errorf("plain %s: %w", path, err)
	}
	digest, err := source.Digest()
	if err != nil {
		return err
	}
	plain.Stamp(m, digest.ModelSHA256)
	saved, err := source.Save(ctx, output, m)
	a.progress.clear()
	if err != nil {
		return err
	}
	doc := plainDocument{
		Schema: "acdeploy.plain/v1", Seed: seed, Merged: made.Merged(), Left: []leftBlock{},
		Input:  reports.File{Path: path, SHA256: digest.SHA256, ModelSHA256: digest.ModelSHA256, Bytes: digest.Bytes},
		Output: reports.File{Path: saved.Path, SHA256: saved.SHA256, ModelSHA256: saved.ModelSHA256, Bytes: saved.Bytes},
		Before: reports.Graph(source.Counts()), After: reports.Graph(model.Count(m)),
	}
	for _, r := range made.Left() {
		doc.Left = append(doc.Left, leftBlock{r.Node, append([]string{}, r.Branches...), r.Reason, r.Detail})
	}
	if a.asJSON {
		return a.document(doc)
	}
	a.printPlain(doc)
	return nil
}

func (a *app) printPlain(d plainDocument) {
	for _, l := range d.Left {
		a.printf("left %s as it was: %s (%s)\n", l.Node, l.Detail, l.Reason)
	}
	a.printf("%s, %d → %s\n", human.Count(d.Merged, "block"), d.Before.Nodes, human.Count(d.After.Nodes, "node"))
	a.printf("%s\n", changedOps(d.Before, d.After))
	a.printf("wrote %s, %s: random weights; made, not exported\n", d.Output.Path, human.Bytes(d.Output.Bytes))
}
