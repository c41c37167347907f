package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

const (
	probeCommand = "probe-library"
	probeTime    = 30 * time.Second
)

// installedDocument is the document of install and remove.
type installedDocument struct {
	Schema    string              `json:"schema"`
	Libraries []library.Installed `json:"libraries"`
}

// listDocument is the document of runtime list.
type listDocument struct {
	Schema    string              `json:"schema"`
	Libraries []library.Installed `json:"libraries"`
	Used      *library.Found      `json:"used"`            // null when none can be used
	Fault     string              `json:"fault,omitempty"` // why none can be used
}

const runtimeSchema = "acdeploy.runtime/v1"

func newRuntimeCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "runtime", Short: "install, list and remove ONNX Runtime"}
	cmd.AddCommand(newRuntimeInstallCmd(a), newRuntimeListCmd(a), newRuntimeRemoveCmd(a))
	return cmd
}

func newRuntimeInstallCmd(a *app) *cobra.Command {
	var o library.Options
	cmd := &cobra.Command{
		Use:   "install [FLAVOUR]",
		Short: "fetch libonnxruntime through pip or npm, check it and install it",
		Long: `Fetch libonnxruntime, the library of ONNX Runtime, and install it into the user's cache. The user's own pip
or npm fetches it. Its version is pinned, and its SHA-256 is checked: it is that version or none. --version
chooses another pinned one. A library that is already installed is kept. One that is damaged is replaced; no
command uses it before. No other command of acdeploy downloads anything.

--from takes what holds a pinned library: the wheel of any Python version, an npm package, a release archive,
the library itself, a folder of them or an unpacked one, the URL of one, or the URL of a folder with them.

FLAVOUR is cpu, cuda13 or cuda12; cpu is the default. The other two are for NVIDIA GPUs. They contain the
providers cuda and tensorrt, also run on the CPU, and are about 250 MB to download. CUDA, cuDNN and TensorRT
themselves come from NVIDIA; acdeploy doctor says which of them are missing.`,
		Args: arguments(0, 1, "at most one flavour"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				if o.Flavour != "" && o.Flavour != args[0] {
					return outcome.Usagef("the flavour is given twice, as %s and as %s; give one", args[0], o.Flavour)
				}
				o.Flavour = args[0]
			}
			return a.install(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.Var(pathValue{&o.From}, "from", "install from this package, library or folder, or from this http(s) URL of one")
	f.StringVar(&o.Mirror, "mirror", "", "http(s) URL of a folder with the pinned files")
	f.StringVar(&o.Version, "version", "", "version of the library (default the newest that is pinned)")
	f.StringVar(&o.Flavour, "flavour", "", "flavour of the library (default cpu)")
	f.BoolVar(&o.Offline, "offline", false, "download nothing")
	f.BoolVar(&o.DryRun, "dry-run", false, "say what would be installed, and install nothing")
	a.addJSON(cmd)
	return cmd
}

func (a *app) install(ctx context.Context, o library.Options) error {
	o.Probe = func(path string) error { return a.probe(ctx, path) }
	o.Progress = func(p library.Progress) {
		if a.quiet {
			return
		}
		if a.json() {
			a.log.Info("progress", "bytes", p.Bytes, "licence", p.Licence, "note", p.Message)
			return
		}
		text := p.Message
		if p.Bytes > 0 {
			text += ", " + human.Bytes(p.Bytes)
		}
		if p.Licence != "" {
			text += ", licence " + p.Licence
		}
		a.printErr("%s\n", text)
	}
	got, err := library.Store{}.Install(ctx, o)
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.document(installedDocument{runtimeSchema, []library.Installed{got}})
	}
	switch {
	case o.DryRun && !got.Already:
		a.printf("would install onnxruntime %s as %s, %s to download\n", got.Version, got.Path, human.Bytes(got.Fetch))
	case got.Already:
		a.printf("onnxruntime %s is there: %s\n", got.Version, got.Path)
	default:
		a.printf("installed onnxruntime %s: %s\n", got.Version, got.Path)
	}
	if !o.DryRun {
		a.tellUsed(got)
	}
	return nil
}

// tellUsed says so when commands use another library than the one that was just installed.
func (a *app) tellUsed(got library.Installed) {
	used, err := library.Store{}.Resolve(library.Request{})
	if err == nil && used.Path != got.Path {
		a.printf("commands use another one, %s (%s); to use this one, name it with --ort-lib or ACDEPLOY_ORT_LIB\n", used.Path, used.Source)
	}
}

// probe loads a library in a process of its own, which it may take along.
func (a *app) probe(ctx context.Context, path string) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("probe library: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	var words strings.Builder
	cmd := exec.CommandContext(ctx, program, probeCommand, path)
	cmd.Stderr = &words
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(words.String()), "\n")
		text := strings.TrimPrefix(lines[len(lines)-1], "acdeploy: ")
		if text == "" || errors.Is(ctx.Err(), context.DeadlineExceeded) {
			text = err.Error()
		}
		return fmt.Errorf("the library cannot be loaded: %s", text)
	}
	return nil
}

// newProbeCmd is the process that loads a library to see whether it works.
func newProbeCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: probeCommand + " LIBRARY", Hidden: true, Args: arguments(1, 1, "one library"),
		RunE: func(_ *cobra.Command, args []string) error {
			if a.load == nil {
				return nil // built without the engine: nothing will ever load it
			}
			version, err := a.load(args[0])
			if err == nil {
				a.printf("%s\n", version)
			}
			return err
		},
	}
}

func newRuntimeListCmd(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "list the installed libraries, and say which one is used", Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			list, err := library.Store{}.List()
			if err != nil {
				return err
			}
			used, err := library.Store{}.Resolve(library.Request{Flag: a.library})
			missing, none := errors.AsType[*library.NotFoundError](err)
			if err != nil && !none {
				return err
			}
			if a.asJSON {
				doc := listDocument{Schema: runtimeSchema, Libraries: append([]library.Installed{}, list...)}
				if none {
					doc.Fault = missing.Reason()
				} else {
					doc.Used = &used
				}
				return a.document(doc)
			}
			for _, l := range list {
				a.printf("%s\n", installedLine(l))
			}
			if none {
				a.printf("none can be used: %s; %s\n", missing.Reason(), missing.Remedy())
				return nil
			}
			a.printf("used: %s (%s)\n", used.Path, used.Source)
			return nil
		},
	}
	a.addLibrary(cmd)
	a.addJSON(cmd)
	return cmd
}

func installedLine(l library.Installed) string {
	text := fmt.Sprintf("%s %s  %s  %s", l.Version, l.Flavour, human.Bytes(l.Bytes), l.Path)
	if l.Fault != "" {
		text += "  UNUSABLE: " + l.Fault
	}
	return text
}

func newRuntimeRemoveCmd(a *app) *cobra.Command {
	var flavour string
	cmd := &cobra.Command{
		Use: "remove VERSION", Short: "remove an installed library", Args: arguments(1, 1, "one version, as acdeploy runtime list shows it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			gone, err := library.Store{}.Remove(cmd.Context(), args[0], flavour)
			if err != nil {
				return err
			}
			if len(gone) == 0 {
				return notInstalled(args[0], flavour)
			}
			if a.asJSON {
				return a.document(installedDocument{runtimeSchema, append([]library.Installed{}, gone...)})
			}
			for _, l := range gone {
				a.printf("removed %s\n", l.Path)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&flavour, "flavour", "", "flavour of the library (default any)")
	a.addJSON(cmd)
	return cmd
}

// notInstalled is the error for a library that is to be removed and is not there.
func notInstalled(version, flavour string) error {
	list, err := library.Store{}.List()
	if err != nil {
		return err
	}
	there := make([]string, len(list))
	for i, l := range list {
		there[i] = l.Version + " " + l.Flavour
	}
	what := "no version is"
	if len(there) > 0 {
		what = "installed: " + strings.Join(there, ", ")
	}
	return fmt.Errorf("remove onnxruntime %s: it is not installed; %s", strings.TrimSpace(version+" "+flavour), what)
}
