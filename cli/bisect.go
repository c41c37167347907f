package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/bisect"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/internal/reduce"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
)

// sought is the document of a search that found nothing.
type sought struct {
	Schema string       `json:"schema"`
	Input  reports.File `json:"input"`
	Found  bool         `json:"found"`
	Of     int          `json:"of"` // how many rewrites the passes make, or made before the one that fails
}

// bisection is the document of a search that found something.
type bisection struct {
	sought

	Rewrite int          `json:"rewrite"` // which one it is, from 1; 0 where a pass fails by itself
	Pass    string       `json:"pass"`
	Node    string       `json:"node"`
	Detail  string       `json:"detail"`
	Fault   string       `json:"fault,omitempty"` // why the pass failed, where it did
	Before  string       `json:"before"`          // the part that it changes, as graph text
	After   string       `json:"after"`           // what it made of that
	Extract reports.File `json:"extract"`
	Nodes   int          `json:"nodes"` // of the extract
	Shows   bool         `json:"shows"` // the passes break the extract, too
	Whole   bool         `json:"whole"` // the extract is the whole model
}

func newBisectCmd(a *app) *cobra.Command {
	var output string
	var check reduce.Command
	cmd := &cobra.Command{
		Use:   "bisect CONFIG|MODEL",
		Short: "find the first rewrite that breaks a model",
		Long: `Find the first rewrite that breaks a model. The passes run again and again, each time with another limit of rewrites, as
--max-rewrites sets it, until the first rewrite is found after which the model is bad. The command prints the pass, the
node, and the part that was changed, before and after, as graph text. It writes the smallest model that the passes still
break to NAME.bisect.onnx next to the configuration or the model, or to the file that -o names. A pass that panics, fails or
goes over a limit is found itself, and no rewrite of another one.

Without --check a model is bad when verify says so: first each part that was rewritten is compared in float64; where that
is all the same, both files are compared on the engines.

` + checkHelp + `

	acdeploy bisect job.yaml
	acdeploy bisect net.onnx --check 'python3 accuracy.py --at-least 0.91'

Exit code 0 says that a bad rewrite was found. With 1 nothing is wrong, and a sentence says so on standard output, with --json a
document whose found is false; any other failure is a line on standard error.`,
		Args: arguments(1, 1, "one configuration or model"),
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := expand(args[0])
			if err != nil {
				return err
			}
			if output == "" {
				output = beside(path, "bisect")
			}
			file := path
			if !isConfig(path) {
				if file, err = given(""); err != nil {
					return err
				}
			}
			cfg, err := a.settings(cmd, file)
			if err != nil {
				return err
			}
			if !isConfig(path) {
				cfg.Model = path
			}
			if cfg.Model == "" {
				return outcome.Usagef("bisect: %s names no model", path)
			}
			return a.bisect(cmd.Context(), cfg, output, check)
		},
	}
	f := cmd.Flags()
	f.VarP(pathValue{&output}, "output", "o", "file for the extract; without it NAME.bisect.onnx next to the configuration or the model")
	addCheck(cmd, &check, "command that fails for a bad model, instead of verify; it gets the path of the model as the last argument")
	fuseSettings(cmd)
	verifySettings(cmd)
	engineSettings(cmd)
	a.addProvider(cmd)
	a.addLibrary(cmd)
	a.addJSON(cmd)
	return cmd
}

// isConfig tells a configuration from a model by its name.
func isConfig(path string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json"}, strings.ToLower(filepath.Ext(path)))
}

func (a *app) bisect(ctx context.Context, cfg configs.Config, output string, check reduce.Command) (err error) {
	job, err := acdeploy.NewJob(cfg, a.tools, a.runSettings())
	if err != nil {
		return err
	}
	source, err := openFor(ctx, cfg.Model, output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	c, done, err := a.newChecker(ctx, source, check, output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	var found *bisect.Found
	err = model.Do(func() (err error) {
		s := a.search(source, cfg)
		if s.Tests, err = a.tests(c, job, cfg); err != nil {
			return err
		}
		found, err = s.Run(ctx)
		return err
	})
	a.progress.clear()
	if nothing, ok := errors.AsType[*bisect.Nothing](err); ok {
		return errors.Join(nothing, a.tellNothing(source, nothing.Rewrites))
	}
	if err != nil {
		return fmt.Errorf("bisect %s: %w", cfg.Model, err)
	}
	return a.tellFound(ctx, source, found, output)
}

// tests are those of the check, or else what verify does: first in float64 alone. What a program made is not equal there, but for rounding.
func (a *app) tests(c *checker, job *acdeploy.Job, cfg configs.Config) ([]bisect.Test, error) {
	if c.check.Line != "" {
		return []bisect.Test{c.byCommand}, nil
	}
	steps, err := a.tools.Steps(cfg)
	if err != nil || acdeploy.StartsProgram(steps) {
		return []bisect.Test{a.byEngines(c, job)}, err
	}
	return []bisect.Test{bisect.Proof(a.tools.Exact, cfg.Verify, cfg.Bench.Shapes.First()), a.byEngines(c, job)}, nil
}

// search is the one over the rewrites of a model.
func (a *app) search(source *model.File, cfg configs.Config) *bisect.Search {
	s := &bisect.Search{
		Model: source.Model(), Steps: func() ([]pipeline.Step, error) { return a.tools.Steps(cfg) },
		Limits: acdeploy.LimitsOf(cfg), Runs: a.runs,
		Tell: func(note string) { a.progress.observe(acdeploy.Event{Stage: "bisect", Note: note}) },
	}
	if inputs, err := bisect.Inputs(source.Model(), cfg.Verify, cfg.Bench.Shapes.First()); err == nil {
		s.Inputs = inputs[0]
	}
	return s
}

// byEngines asks verify, with the engines of the configuration.
func (a *app) byEngines(c *checker, job *acdeploy.Job) bisect.Test {
	return func(ctx context.Context, original, made *graph.Model, _ []*graph.Model) (bool, error) {
		if original == made {
			return false, nil
		}
		var paths [2]string
		for i, m := range []*graph.Model{original, made} {
			saved, err := c.source.Save(ctx, filepath.Join(c.folder, fmt.Sprintf("model%d.onnx", i)), m)
			if err != nil {
				return false, err
			}
			paths[i] = saved.Path
		}
		pair, err := job.OpenPair(ctx, paths[0], paths[1])
		if err != nil {
			return false, err
		}
		found, err := job.Verify(ctx, pair, nil)
		if err = errors.Join(err, pair.Close()); err != nil {
			return false, err
		}
		return errors.Is(found.Judge(), acdeploy.ErrDiffer), nil
	}
}

// byCommand asks the command of the check.
func (c *checker) byCommand(ctx context.Context, _, made *graph.Model, _ []*graph.Model) (bool, error) {
	v, err := c.ask(ctx, made)
	if err == nil {
		err = undecided(v)
	}
	return v.Verdict == reduce.Bad, err
}

// searched is what a search tells in any case.
func searched(source *model.File, of int) (sought, error) {
	digest, err := source.Digest()
	return sought{
		Schema: "acdeploy.bisect/v1", Of: of,
		Input: reports.File{Path: source.Path(), SHA256: digest.SHA256, ModelSHA256: digest.ModelSHA256, Bytes: digest.Bytes},
	}, err
}

// tellNothing says that nothing is wrong.
func (a *app) tellNothing(source *model.File, rewrites int) error {
	doc, err := searched(source, rewrites)
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.document(doc)
	}
	a.printf("nothing is wrong: no rewrite of %d breaks %s\n", doc.Of, doc.Input.Path)
	return nil
}

// tellFound writes the extract, and says what was found.
func (a *app) tellFound(ctx context.Context, source *model.File, f *bisect.Found, output string) error {
	saved, err := source.Save(ctx, output, f.Extract)
	if err != nil {
		return err
	}
	all, err := searched(source, f.Of)
	if err != nil {
		return err
	}
	all.Found = true
	doc := bisection{
		sought: all, Rewrite: f.Number, Pass: f.Pass, Node: f.Node, Detail: f.Detail, Shows: !f.Whole, Whole: f.Extract == source.Model(),
		Extract: reports.File{Path: saved.Path, SHA256: saved.SHA256, ModelSHA256: saved.ModelSHA256, Bytes: saved.Bytes},
		Nodes:   model.Count(f.Extract).Nodes,
	}
	if f.Fault != nil {
		doc.Fault = f.Fault.Error()
	}
	for _, text := range []struct {
		of *graph.Model
		to *string
	}{{f.Before, &doc.Before}, {f.After, &doc.After}} {
		if text.of == nil {
			continue
		}
		var b strings.Builder
		if err := model.Do(func() error { return text.of.Text(&b) }); err != nil {
			return err
		}
		*text.to = b.String()
	}
	if a.asJSON {
		return a.document(doc)
	}
	a.printFound(doc)
	return nil
}

func (a *app) printFound(d bisection) {
	if d.Rewrite > 0 {
		a.printf("rewrite %d of %d breaks %s\n", d.Rewrite, d.Of, d.Input.Path)
		a.printf("pass        %s\nnode        %s\ndetail      %s\n", d.Pass, d.Node, d.Detail)
	} else {
		a.printf("pass %s fails on %s, after %s\n", d.Pass, d.Input.Path, human.Count(d.Of, "rewrite"))
		a.printf("pass        %s\n", d.Pass)
	}
	if d.Fault != "" {
		a.printf("fault       %s\n", d.Fault)
	}
	for _, part := range [][2]string{{"before", d.Before}, {"after", d.After}} {
		if part[1] != "" {
			a.printf("\n%s\n", part[0])
			a.print(part[1])
		}
	}
	a.printf("\nwrote %s, %s: %s", d.Extract.Path, human.Bytes(d.Extract.Bytes), human.Count(d.Nodes, "node"))
	if d.Whole {
		a.printf("; it is the whole model")
	}
	if !d.Shows {
		a.printf("; the passes do not break it by itself")
	}
	a.printf("\n")
}
