package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/reports"
)

// app is one run of the command line.
type app struct {
	tools    acdeploy.Toolbox
	formats  catalog.Catalog[reports.Format]
	load     func(path string) (version string, err error) // loads a library to see whether it works
	args     []string
	raw      io.Writer // standard output as it is, for other programs of this one
	out, err io.Writer // of results; of the log and progress. Text in them steers no terminal, see [human.Writer]
	log      *slog.Logger
	progress *progress
	// remindEvery is how long nothing is told at most, elsewhere than on a terminal; 0 for the usual.
	remindEvery time.Duration

	asJSON    bool
	quiet     bool
	verbose   bool
	logFormat string
	library   string
	provider  string
	threads   int
	timeout   time.Duration // of one answer of an engine, for the commands that have no configuration
	resume    bool
	named     bool   // the command line names the engines
	inline    bool   // whether all weights go into the file of a model that is written
	external  bool   // whether its large ones go to a data file
	dataName  string // of the data file of a model that is written, "" for one that carries its content
	units     string // the file that keeps units while the command measures, "" for none
}

const libraryFlag = "ort-lib"

// helpWidth is how many characters a line of help has at most.
const helpWidth = 110

// newRoot is the command that holds the others.
func newRoot(a *app) *cobra.Command {
	version, revision := host.Build()
	root := &cobra.Command{
		Use:   "acdeploy",
		Short: "turn a trained ACNet back into its plain architecture, proven and measured",
		Long: `acdeploy turns a trained ACNet, stored as an ONNX file, back into its plain architecture. It folds batch
normalisations into convolutions and fuses parallel branches into one convolution. It proves that the
answers did not change, and it measures whether the result is as fast as the plain network.

	acdeploy run configs/quickstart.yaml     the whole job, as a configuration says
	acdeploy fuse model.onnx -o fused.onnx   only the rewriting
	acdeploy inspect model.onnx              what fusing would change`,
		Version:       fmt.Sprintf("%s (%s)", version, revision),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noArguments,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			err := a.start()
			if err == nil && !cmd.Hidden { // a process of this program's says nothing again
				a.warnOfVariables()
			}
			return err
		},
	}
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", helpWidth)) + exitsTemplate)
	root.SetVersionTemplate("acdeploy {{.Version}}\n")
	f := root.PersistentFlags()
	f.BoolVarP(&a.quiet, "quiet", "q", false, "print only errors; the exit code tells the result")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "print more, such as what was left unchanged and why")
	f.StringVar(&a.logFormat, "log-format", "text", "format of the log on standard error: text or json")
	root.SetFlagErrorFunc(a.wrongFlag)
	a.log = slog.New(slog.DiscardHandler)
	root.AddCommand(
		newRunCmd(a), newFuseCmd(a), newVerifyCmd(a), newBenchCmd(a),
		newReportCmd(a), newCompareCmd(a), newTrendCmd(a), newGateCmd(a), newInspectCmd(a),
		newBisectCmd(a), newDiffCmd(a), newExtractCmd(a), newReduceCmd(a), newPlainCmd(a),
		newReleaseCmd(a), newPublishCmd(a), newFetchCmd(a),
		newPassesCmd(a), newBackendsCmd(a), newRuntimeCmd(a), newDoctorCmd(a),
		newInitCmd(a), newConfigCmd(a), newNewCmd(a), newZooCmd(a),
		newVersionCmd(a), newCompletionCmd(a), newManCmd(), newWorkerCmd(a), newProbeCmd(a),
	)
	addHelp(root)
	for _, c := range allCommands(root) {
		if c.RunE == nil && c.Run == nil { // a group
			c.Args, c.RunE = noArguments, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	if len(a.args) > 0 && strings.HasPrefix(a.args[0], cobra.ShellCompRequestCmd) { // asked by a shell
		a.complete(root)
	}
	return root
}

func allCommands(c *cobra.Command) []*cobra.Command {
	all := c.Commands()
	for _, sub := range c.Commands() {
		all = append(all, allCommands(sub)...)
	}
	return all
}

// start makes ready what the global flags ask for.
func (a *app) start() error {
	level := slog.LevelInfo
	switch {
	case a.quiet:
		level = slog.LevelError
	case a.verbose:
		level = slog.LevelDebug
	}
	switch a.logFormat {
	case "json":
		a.log = slog.New(slog.NewJSONHandler(a.err, &slog.HandlerOptions{Level: level, ReplaceAttr: legible}))
	case "text":
		a.log = slog.New(&lines{w: a.err, level: level})
	default:
		return outcome.Usagef("--log-format is %q; it is text or json", a.logFormat)
	}
	if a.quiet && !a.asJSON {
		a.out = io.Discard
	}
	a.progress = newProgress(a)
	a.tools.Launch = a.launcher()
	return nil
}

// runSettings are what the flags say of one run.
func (a *app) runSettings() acdeploy.Settings {
	return acdeploy.Settings{Resume: a.resume, Library: a.library, Provider: a.provider, Threads: a.threads, Named: a.named, DataName: a.dataName, Weights: a.weights(), Written: a.written(time.Now)}
}

// json reports whether what goes to standard error is for programs.
func (a *app) json() bool { return a.logFormat == "json" && a.log != nil }

// printf prints a result, each argument on one line. [Run] reports what could not be written.
func (a *app) printf(format string, args ...any) {
	_, _ = fmt.Fprintf(a.out, format, oneLine(args)...)
}

// print prints a result of several lines.
func (a *app) print(text string) {
	_, _ = io.WriteString(a.out, text)
}

func (a *app) printErr(format string, args ...any) {
	_, _ = fmt.Fprintf(a.err, format, oneLine(args)...)
}

// oneLine keeps text among the arguments from leaving its line: names in it come from files.
func oneLine(args []any) []any {
	clean := make([]any, len(args))
	for i, arg := range args {
		switch v := reflect.ValueOf(arg); {
		case v.IsValid() && v.Kind() == reflect.String:
			clean[i] = human.Printable(v.String())
		default:
			clean[i] = arg
			switch arg.(type) {
			case error, fmt.Stringer:
				clean[i] = human.Printable(fmt.Sprint(arg))
			}
		}
	}
	return clean
}

// addJSON gives a command that prints a result the flag for programs.
func (a *app) addJSON(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.asJSON, "json", false, "print one JSON document instead of text")
}

// addLibrary gives a command that may load ONNX Runtime the flag that names it.
func (a *app) addLibrary(cmd *cobra.Command) {
	cmd.Flags().Var(pathValue{&a.library}, libraryFlag, "path of libonnxruntime, used instead of any other")
}

// addTimeout gives a command that only asks engines whether they can be used the flag that bounds it.
func (a *app) addTimeout(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&a.timeout, "timeout", time.Minute, "how long one engine may take to answer")
}

// addProvider gives a command that runs models on engines the flag that says where.
func (a *app) addProvider(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.provider, "provider", "", "where to run models, for engines that have a choice: cpu, cuda or tensorrt (default cpu)")
}

// mostThreads bounds what is asked of an engine, as a configuration does.
const mostThreads = 4096

// addThreads gives a command that compares answers, and measures nothing, the flag for the threads of its engines.
func (a *app) addThreads(cmd *cobra.Command) {
	cmd.Flags().IntVar(&a.threads, "threads", 0, "threads of one operator, 1 to 4096; 0 for what the engine's options say (default 0)")
}

// checkThreads refuses numbers that no engine takes.
func (a *app) checkThreads(cmd *cobra.Command) error {
	if a.threads < 0 || a.threads > mostThreads {
		return outcome.Usagef("%s: --threads is 0 to %d, not %d", name(cmd), mostThreads, a.threads)
	}
	return nil
}

// document prints a JSON document.
func (a *app) document(doc any) error { return reports.JSON(a.out, doc) }

// terminal reports whether w is a terminal that can redraw a line.
func terminal(w io.Writer) bool {
	f, ok := file(w)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
}

// file is the file that a writer writes to at last.
func file(w io.Writer) (*os.File, bool) {
	if clean, ok := w.(*human.Writer); ok {
		w = clean.Unwrap()
	}
	if o, ok := w.(*output); ok {
		w = o.w
	}
	f, ok := w.(*os.File)
	return f, ok
}

// plain reports whether tables should be drawn with plain characters.
func (a *app) plain() bool { return !terminal(a.out) || os.Getenv("NO_COLOR") != "" }

// name is what messages call a command: its path without the program.
func name(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// noArguments is for commands that take none; what looks like a sub-command gets a suggestion.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if len(names) == 0 {
		return outcome.Usagef("%s takes no arguments, not %q", name(cmd), args[0])
	}
	return outcome.Usagef("%q is not a command of %s%s; commands are %s", args[0], cmd.CommandPath(), catalog.Suggest(args[0], names), strings.Join(names, ", "))
}

// arguments is for commands with positional arguments.
func arguments(least, most int, want string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return outcome.Usagef("%s takes %s, not %s; see %s --help", name(cmd), want, human.Count(len(args), "argument"), cmd.CommandPath())
		}
		return nil
	}
}

var flagInMessage = regexp.MustCompile(`^unknown flag: --(\S+)$`)

// wrongFlag adds a suggestion to an unknown flag.
func (a *app) wrongFlag(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	where := ""
	if cmd != cmd.Root() {
		where = name(cmd) + ": "
	}
	if cmd == cmd.Root() { // the flag is a command's, and its first word is none
		for i, word := range a.args {
			if !strings.HasPrefix(word, "-") && (i == 0 || a.args[i-1] != "--log-format") {
				return noArguments(cmd, []string{word})
			}
		}
	}
	if m := flagInMessage.FindStringSubmatch(err.Error()); m != nil {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		return outcome.Usagef("%sunknown flag --%s%s; see %s --help", where, m[1], catalog.Suggest("--"+m[1], names), cmd.CommandPath())
	}
	return outcome.Usagef("%s%w; see %s --help", where, err, cmd.CommandPath())
}
