package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/internal/reduce"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// reduction is the document of the command.
type reduction struct {
	Schema string        `json:"schema"`
	Input  reports.File  `json:"input"`
	Output reports.File  `json:"output"`
	Before reports.Graph `json:"before"`
	After  reports.Graph `json:"after"`
	Checks int           `json:"checks"`
	Check  string        `json:"check"` // how the check of the model as it is ended
}

// checkHelp says what a check is.
const checkHelp = `A check is a command that gets the path of a model as its last argument. Exit code 0 says that the model is good, any other
one that it is bad. With 125 it cannot tell, and neither can one that takes longer than --check-timeout; of the model as it is,
it has to. A line that the shell cannot read, a script that is not there, and 126 and 127, by which a shell says that there
is no such program, end the command.`

func newReduceCmd(a *app) *cobra.Command {
	var output string
	var check reduce.Command
	cmd := &cobra.Command{
		Use:   "reduce MODEL --check COMMAND",
		Short: "make a model that shows a fault as small as it can be",
		Long: `Write the smallest model for which a check still fails: with the fewest nodes, the shortest axes and the plainest
weights. What nodes that are gone computed becomes an input.

` + checkHelp + `

	acdeploy reduce net.onnx --check 'python3 crashes.py' -o small.onnx

Sub-graphs are reduced like the graph around them. The model may be larger than the memory; each model that is checked is
written next to the output first. An interrupt ends the command with the smallest model so far.`,
		Args: arguments(1, 1, "one model"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a.progress.delay(time.Second)
			path, err := expand(args[0])
			if err != nil {
				return err
			}
			if strings.TrimSpace(check.Line) == "" {
				return outcome.Usagef("reduce: say with --check which command tells a bad model from a good one")
			}
			if output == "" {
				output = beside(path, "reduced")
			}
			return a.reduce(cmd.Context(), path, output, check)
		},
	}
	f := cmd.Flags()
	f.VarP(pathValue{&output}, "output", "o", "file to write; without it NAME.reduced.onnx next to the model")
	addCheck(cmd, &check, "command that fails for a bad model, and gets its path as the last argument")
	a.addJSON(cmd)
	return cmd
}

// addCheck gives a command that asks a check its flags.
func addCheck(cmd *cobra.Command, check *reduce.Command, help string) {
	cmd.Flags().StringVar(&check.Line, "check", "", help)
	cmd.Flags().DurationVar(&check.Timeout, "check-timeout", 10*time.Minute, "how long one check may take; 0 for no limit")
}

// beside is the name of a model that comes of another file, in its folder.
func beside(path, what string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + "." + what + ".onnx"
}

func (a *app) reduce(ctx context.Context, path, output string, check reduce.Command) (err error) {
	source, err := openFor(ctx, path, output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	c, done, err := a.newChecker(ctx, source, check, output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	var best *graph.Model
	failed := model.Do(func() (err error) {
		best, err = reduce.Model(ctx, source.Model(), reduce.Options{Check: c.bad, Runs: a.runs, Tell: func(p reduce.Progress) {
			a.progress.observe(acdeploy.Event{Stage: "reduce", Note: p.String()})
		}})
		return err
	})
	a.progress.clear()
	if best == nil {
		return fmt.Errorf("reduce %s: %w", path, failed)
	}
	saved, err := source.Save(context.WithoutCancel(ctx), output, best)
	if err != nil {
		return errors.Join(failed, err)
	}
	digest, err := source.Digest()
	if err != nil {
		return errors.Join(failed, err)
	}
	doc := reduction{
		Schema: "acdeploy.reduce/v1", Checks: c.made, Check: c.first,
		Input:  reports.File{Path: path, SHA256: digest.SHA256, ModelSHA256: digest.ModelSHA256, Bytes: digest.Bytes},
		Output: reports.File{Path: saved.Path, SHA256: saved.SHA256, ModelSHA256: saved.ModelSHA256, Bytes: saved.Bytes},
		Before: reports.Graph(source.Counts()), After: reports.Graph(model.Count(best)),
	}
	if a.asJSON {
		return errors.Join(failed, a.document(doc))
	}
	a.printf("%d → %s, %s → %s parameters, after %s\n", doc.Before.Nodes, human.Count(doc.After.Nodes, "node"),
		human.Thousands(doc.Before.Parameters), human.Thousands(doc.After.Parameters), human.Count(doc.Checks, "check"))
	a.printf("the check of the model as it is: %s\n", doc.Check)
	a.printf("wrote %s, %s\n", saved.Path, human.Bytes(saved.Bytes))
	return failed
}

// checker asks a command about models in memory.
type checker struct {
	check  reduce.Command
	source *model.File
	folder string
	made   int
	first  string // how the check of the model as it is ended
}

// newChecker makes a folder for the models, next to a file that is going to be written: there is room for it, too.
func (a *app) newChecker(ctx context.Context, source *model.File, check reduce.Command, output string) (*checker, func() error, error) {
	if check.Line != "" {
		if err := check.Valid(ctx); err != nil {
			return nil, nil, outcome.Usagef("--check: %w", err)
		}
	}
	osfile.Sweep(filepath.Dir(output))
	folder, unlock, err := osfile.MakeTempFolder(output)
	if err != nil {
		return nil, nil, fmt.Errorf("write model %s: %w", output, osfile.Cause(err))
	}
	done := func() error {
		defer unlock()
		return os.RemoveAll(folder)
	}
	return &checker{check: check, source: source, folder: folder}, done, nil
}

// ask writes a model and asks the command.
func (c *checker) ask(ctx context.Context, m *graph.Model) (reduce.Answer, error) {
	c.made++
	saved, err := c.source.Save(ctx, filepath.Join(c.folder, "model.onnx"), m)
	if err != nil {
		return reduce.Answer{}, err
	}
	return c.check.Check(ctx, saved.Path)
}

func (c *checker) bad(ctx context.Context, m *graph.Model) (bool, error) {
	v, err := c.ask(ctx, m)
	if err == nil && m == c.source.Model() {
		c.first, err = v.How, undecided(v)
	}
	return v.Verdict == reduce.Bad, err
}

// undecided is the error of a check that cannot tell, where nothing can be said without it.
func undecided(v reduce.Answer) error {
	if v.Verdict != reduce.Unknown {
		return nil
	}
	return fmt.Errorf("the check cannot tell whether the model is good: %s", v.How)
}

// mostToRun is how many bytes of constants a model has at most that is run to see whether it can be.
const mostToRun = 256 << 20

// runs tries to run a model in float64.
func (a *app) runs(ctx context.Context, m *graph.Model) error {
	if model.ConstantBytes(m) > mostToRun {
		return errors.New("it is too large to be run here")
	}
	exact, err := a.tools.Exact(m)
	if err != nil {
		return err
	}
	defer func() { _ = exact.Close() }()
	s := model.SignatureOf(m)
	inputs, err := verify.Generate(backends.Model{Name: "model", Inputs: s.Inputs, Outputs: s.Outputs}, 1, 1, nil)
	if err != nil {
		return err
	}
	_, err = exact.RunFloat64(ctx, inputs[0])
	return err
}
