package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
)

// fuseOptions are the flags of the command that no configuration has.
type fuseOptions struct {
	output string
	dump   string
	verify bool
	dryRun bool
	// explain says of every block whether it was fused, and if not why.
	explain bool
	config  *string
}

func newFuseCmd(a *app) *cobra.Command {
	o := &fuseOptions{}
	cmd := &cobra.Command{
		Use:   "fuse MODEL -o OUTPUT",
		Short: "run the passes over a model and write the result",
		Long: `Run the passes over a model and write the result next to it. The input stays as it is.

What was left as it was, and why, is shown with -v and in the JSON document; --explain shows it block by block.

Where a configuration lists a program among the passes, the result is verified without --verify, too.`,
		Args: arguments(1, 1, "one model"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.fuse(cmd, args[0], o) },
	}
	f := cmd.Flags()
	f.VarP(pathValue{&o.output}, "output", "o", "file to write")
	f.BoolVar(&o.dryRun, "dry-run", false, "say what would be rewritten, and write nothing")
	f.BoolVar(&o.explain, "explain", false, "say of every block that looks like a re-parameterised one whether it was fused, or why not")
	f.BoolVar(&o.verify, "verify", false, "prove that the answers are the same; what fails is kept as NAME.rejected.onnx")
	f.Var(pathValue{&o.dump}, "dump-dir", "directory for the graph as text after each pass that changed it")
	o.config = configFlag(cmd)
	fuseSettings(cmd)
	requireSettings(cmd)
	verifySettings(cmd)
	engineSettings(cmd)
	a.addProvider(cmd)
	a.addThreads(cmd)
	a.addDataFile(cmd)
	a.addLibrary(cmd)
	a.addJSON(cmd)
	return cmd
}

func (a *app) fuse(cmd *cobra.Command, path string, o *fuseOptions) error {
	a.progress.delay(time.Second)
	if o.output == "" && !o.dryRun {
		return outcome.Usagef("%s: name the file to write with -o, or ask for --dry-run", name(cmd))
	}
	if o.output == "-" {
		return outcome.Usagef("%s: the model cannot be written to standard output; name a file with -o", name(cmd))
	}
	if o.dryRun && o.verify {
		return outcome.Usagef("%s: --verify needs a file, which --dry-run does not write", name(cmd))
	}
	if err := errors.Join(a.checkDataFile(cmd, o.output), a.checkThreads(cmd)); err != nil {
		return err
	}
	file, err := given(*o.config)
	if err != nil {
		return err
	}
	cfg, err := a.settings(cmd, file)
	if err != nil {
		return err
	}
	if cfg.Model, err = expand(path); err != nil {
		return err
	}
	result, err := a.fuseFile(cmd.Context(), cfg, o)
	if result == nil {
		return err
	}
	a.progress.clear()
	if a.asJSON {
		return errors.Join(err, a.document(result))
	}
	a.printFuse(result, o, repeated(cmd))
	return err
}

// repeated are the flags of this command that decide what verify has to replay and where.
func repeated(cmd *cobra.Command) string {
	var words strings.Builder
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains([]string{requireFused, maxGrowth, passTimeout, maxMemory, shardFlag}, f.Name) || f.Annotations[keyAnnotation] == nil && f.Name != "config" && f.Name != libraryFlag {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(*listValue); ok {
			values = list.items
		}
		for _, v := range values {
			fmt.Fprintf(&words, " --%s %s", f.Name, human.ShellWord(v))
		}
	})
	return words.String()
}

// fuseDocument is the record of the passes, with that of the verification where one was asked for.
type fuseDocument struct {
	*reports.Fuse
	Verify *reports.Verify `json:"verify,omitempty"`
}

func (a *app) fuseFile(ctx context.Context, cfg configs.Config, o *fuseOptions) (doc *fuseDocument, err error) {
	settings := a.runSettings()
	settings.Brief = !a.asJSON
	if o.dump != "" {
		settings.Changed = dumper(o.dump)
	}
	job, err := acdeploy.NewJob(cfg, a.tools, settings)
	if err != nil {
		return nil, err
	}
	a.progress.observe(acdeploy.Event{Stage: acdeploy.StageFuse})
	source, err := model.OpenOn(ctx, cfg.Model)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	for _, note := range source.Model().Notes {
		a.log.Debug("noticed in the model", "file", cfg.Model, "note", note)
	}
	if o.output != "" && source.Is(o.output) {
		return nil, outcome.Usagef("write model %s: %v", o.output, model.ErrSelf)
	}
	if o.verify = o.verify || job.Starts() && !o.dryRun; !o.verify {
		output := o.output
		if o.dryRun {
			output = ""
		}
		record, notes, err := job.FuseTo(ctx, source, output)
		if record == nil {
			return nil, err
		}
		a.notes(record, notes)
		return &fuseDocument{Fuse: record}, err
	}
	fused, err := job.Fuse(ctx, source)
	if err != nil {
		return nil, err
	}
	if err := job.Require(fused); err != nil {
		record, failed := fused.Document()
		if failed != nil {
			return nil, errors.Join(err, failed)
		}
		return &fuseDocument{Fuse: record}, err
	}
	if err := a.namedButAbsent(ctx, cfg); err != nil {
		return nil, err
	}
	staged, err := fused.Stage(ctx, o.output)
	if err != nil {
		return nil, err
	}
	doc = &fuseDocument{Fuse: staged.Document()}
	saved, found, err := job.Accept(ctx, staged, a.progress.observe)
	if saved != nil {
		a.notes(saved.Document(), saved.Notes())
		doc.Fuse = saved.Document()
	}
	if found != nil {
		doc.Verify = found.Document()
	}
	return doc, err
}

// notes tells what is not as it should be with a file that was written.
func (a *app) notes(d *reports.Fuse, notes []string) {
	for _, note := range notes {
		a.log.Warn("noticed in the file", "file", d.Output.Path, "note", note)
	}
}

// dumper writes the graph as text, numbered in the order of the changes.
func dumper(dir string) func(number int, step string, g *graph.Graph) error {
	return func(number int, step string, g *graph.Graph) error {
		err := os.MkdirAll(dir, 0o755)
		if err != nil {
			return fmt.Errorf("dump graph: %w", err)
		}
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%03d-%s.txt", number, step)))
		if err != nil {
			return fmt.Errorf("dump graph: %w", err)
		}
		return errors.Join(g.Model().Text(f), f.Close())
	}
}

func (a *app) printFuse(d *fuseDocument, o *fuseOptions, options string) {
	if a.quiet {
		return
	}
	if d.NothingFused != "" {
		a.printf("NOTHING FUSED: %s\n", d.NothingFused)
	}
	a.printRefusals(d.Fuse)
	switch {
	case len(d.Rewrites) > 0:
		a.printf("%s\n", acdeploy.Describe(d.Fuse))
		a.printf("%s\n", changedOps(d.Before.Graph, d.After.Graph))
		a.printConstants(d.Fuse)
	case d.NothingFused == "":
		a.printf("nothing to fuse in %s\n", d.Input.Path)
	}
	for _, c := range d.Interface {
		a.printf("%s: %s\n", c.Pass, c.Detail)
	}
	if !d.Converged {
		a.printf("stopped by a limit before everything was done\n")
	}
	if o.explain {
		a.explain(d.Blocks())
	}
	if o.dryRun {
		a.printRewrites(d.Fuse)
		a.printf("dry run: nothing was written\n")
		return
	}
	switch {
	case d.Output == nil:
		a.printf("nothing was written\n")
	case d.Rejected != "":
		a.printf("rejected: kept as %s, %s\n", d.Output.Path, human.Bytes(d.Output.Bytes))
	default:
		a.printf("wrote %s, %s\n", d.Output.Path, human.Bytes(d.Output.Bytes))
	}
	switch {
	case d.Verify != nil:
		a.printVerify(d.Verify)
	case !o.verify && d.Output != nil:
		a.printf("not verified: acdeploy verify %s %s%s\n", human.ShellWord(d.Input.Path), human.ShellWord(d.Output.Path), options)
	}
}

// printRewrites says what would be done: in full with -v, by count otherwise.
func (a *app) printRewrites(f *reports.Fuse) {
	if !a.verbose {
		for _, p := range f.Passes {
			if p.Rewrites > 0 {
				a.printf("  %s: %s\n", p.Name, human.Count(p.Rewrites, "rewrite"))
			}
		}
		return
	}
	for _, r := range f.Rewrites {
		a.printf("  %s: %s: %s\n", r.Pass, r.Node, r.Detail)
	}
}

// printRefusals says with -v what was left as it was, equal reasons once.
func (a *app) printRefusals(f *reports.Fuse) {
	if !a.verbose {
		return
	}
	for _, r := range f.Alike() {
		if r.Count == 1 {
			a.printf("left %s as it was: %s (%s, %s)\n", r.Node, r.Detail, r.Pass, r.Reason)
		} else {
			a.printf("left as it was: %s\n", r)
		}
	}
}

// printConstants says with -v by how much the constants grew or shrank, and through which passes.
func (a *app) printConstants(f *reports.Fuse) {
	var total int64
	var parts []string
	for _, p := range f.Passes {
		if p.ConstantBytes != 0 {
			total += p.ConstantBytes
			parts = append(parts, p.Name+" "+signedBytes(p.ConstantBytes))
		}
	}
	if a.verbose && len(parts) > 0 {
		a.printf("constants: %s (%s)\n", signedBytes(total), strings.Join(parts, ", "))
	}
}

// signedBytes is a number of bytes that came or went.
func signedBytes(n int64) string {
	if n < 0 {
		return "−" + human.Bytes(-n)
	}
	return "+" + human.Bytes(n)
}

// changedOps lists the op types whose number changed: "Conv 63 → 21".
func changedOps(before, after reports.Graph) string {
	var parts []string
	for _, op := range slices.Sorted(maps.Keys(before.Ops)) {
		if b, n := before.Ops[op], after.Ops[op]; b != n {
			parts = append(parts, fmt.Sprintf("%s %d → %d", op, b, n))
		}
	}
	for _, op := range slices.Sorted(maps.Keys(after.Ops)) {
		if _, was := before.Ops[op]; !was {
			parts = append(parts, fmt.Sprintf("%s 0 → %d", op, after.Ops[op]))
		}
	}
	parts = append(parts, fmt.Sprintf("parameters %d → %d", before.Parameters, after.Parameters))
	return strings.Join(parts, ", ")
}
