package cli

import (
	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/reports"
)

// zooDocument is the document of the command.
type zooDocument struct {
	Schema  string        `json:"schema"`
	Network string        `json:"network"`
	Output  reports.File  `json:"output"`
	Graph   reports.Graph `json:"graph"`
}

// zooListDocument is the document of zoo list.
type zooListDocument struct {
	Schema   string       `json:"schema"`
	Networks []zooNetwork `json:"networks"`
}

type zooNetwork struct {
	Name       string   `json:"name"`
	Doc        string   `json:"doc"`
	Input      [3]int64 `json:"input"`
	Asymmetric bool     `json:"asymmetric"` // has --form and --last-bn
}

func newZooCmd(a *app) *cobra.Command {
	var output string
	form, year := zoo.Form{}, "today"
	cmd := &cobra.Command{
		Use:   "zoo list | NETWORK -o OUTPUT",
		Short: "write a network of the paper, or one like it, with random parameters; or list them",
		Long: `Write a network with random parameters as an ONNX file, to try acdeploy on. There are the networks of the
ACNet paper and others that are trained with branches; acdeploy zoo list names them.

The same name, options and seed give the same bytes.`,
		Args: arguments(0, 1, "one network"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || args[0] == "list" {
				return a.listZoo()
			}
			network, err := zoo.Find(args[0])
			if err != nil {
				return outcome.Usagef("%w", err)
			}
			if form.Year2019 = year == "2019"; !form.Year2019 && year != "today" {
				return outcome.Usagef("%s: --form is today or 2019, not %q", name(cmd), year)
			}
			if err := network.Has(form); err != nil {
				return outcome.Usagef("%s: %w", name(cmd), err)
			}
			if output == "" {
				return outcome.Usagef("%s: name the file to write with -o", name(cmd))
			}
			built := network.Build(form)
			saved, err := mapped.Save(cmd.Context(), output, built, mapped.Options{})
			if err != nil {
				return err
			}
			doc := zooDocument{"acdeploy.zoo/v1", network.Name, reports.File{Path: saved.Path, SHA256: saved.SHA256, ModelSHA256: osfile.SHA256OfParts(saved.Digests()...), Bytes: saved.Bytes}, reports.Graph(model.Count(built))}
			if a.asJSON {
				return a.document(doc)
			}
			if a.quiet {
				return nil
			}
			a.printf("wrote %s, %s, %d nodes\n", saved.Path, human.Bytes(saved.Bytes), doc.Graph.Nodes)
			return nil
		},
	}
	f := cmd.Flags()
	f.VarP(pathValue{&output}, "output", "o", "file to write")
	f.BoolVar(&form.Branched, "branched", false, "write the network as it is trained, with branches and batch normalisations, instead of the plain one")
	f.StringVar(&year, "form", year, "narrow branches of asymmetric blocks: today (as long as the square kernel) or 2019 (three taps long)")
	f.BoolVar(&form.LastNorm, "last-bn", false, "add a batch normalisation after the sum of each asymmetric block")
	f.Uint64Var(&form.Seed, "seed", 1, "seed of the random parameters")
	a.addJSON(cmd)
	return cmd
}

func (a *app) listZoo() error {
	if a.asJSON {
		list := []zooNetwork{}
		for _, n := range zoo.Networks() {
			list = append(list, zooNetwork{n.Name, n.Doc, n.Input, n.Asymmetric})
		}
		return a.document(zooListDocument{"acdeploy.zoo/v1", list})
	}
	longest := 0
	for _, n := range zoo.Networks() {
		longest = max(longest, len(n.Name))
	}
	for _, n := range zoo.Networks() {
		a.printf("%-*s  %s\n", longest, n.Name, n.Doc)
	}
	return nil
}
