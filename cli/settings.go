package cli

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

// configFlag is the flag that names a configuration.
func configFlag(cmd *cobra.Command) *string {
	path := new(string)
	cmd.Flags().Var(pathValue{path}, "config", "configuration file")
	return path
}

// settings is the configuration in force: that of the file ("" for none), of the environment and of the
// command's flags.
func (a *app) settings(cmd *cobra.Command, file string) (configs.Config, error) {
	a.named = cmd.Flags().Changed(backendFlag)
	cfg, err := configs.Read(configs.Sources{File: file, Flags: flagsOf(cmd)}, a.tools.Known())
	a.tellNotes(cfg, cmd)
	err = errors.Join(err, expandPaths(&cfg))
	if err == nil && a.verbose && runsEngines(cmd) {
		a.tellLibrary(library.Request{Flag: a.library, Config: cfg.Runtime.Library})
	}
	return cfg, err
}

// runsEngines reports whether a command may load ONNX Runtime: fuse does with --verify.
func runsEngines(cmd *cobra.Command) bool {
	verifies := cmd.Flags().Lookup("verify")
	return cmd.Flags().Lookup(libraryFlag) != nil && (verifies == nil || verifies.Value.String() == "true")
}

// tellNotes tells of the configuration what is of use to a command. Most are given their models as arguments, in place of those of the configuration.
func (a *app) tellNotes(cfg configs.Config, cmd *cobra.Command) {
	for _, note := range cfg.Notes() {
		if named := name(cmd) == "run" || name(cmd) == "bisect"; named || note.Key != "model" && note.Key != "baseline" {
			a.log.Warn(note.Text) //nolint:sloglint // The sentence is for people.
		}
	}
}

// tellLibrary says which library of ONNX Runtime would be loaded, and what comes before it. Where there is none, whoever needs it says so.
func (a *app) tellLibrary(req library.Request) {
	if found, err := (library.Store{}).Resolve(req); err == nil {
		a.log.Debug("onnxruntime", "library", found.Path, "version", found.Version, "way", found.Way())
	}
}

// flagsOf lists the command's flags that set a key of the configuration.
func flagsOf(cmd *cobra.Command) map[string]configs.Flag {
	flags := map[string]configs.Flag{}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if keys := f.Annotations[keyAnnotation]; len(keys) == 1 {
			flags[keys[0]] = configs.Flag{Name: f.Name, Value: f.Value.String(), Given: f.Changed}
		}
	})
	return flags
}

// warnOfVariables tells of ACDEPLOY_* variables that nothing reads.
func (a *app) warnOfVariables() {
	for _, name := range configs.UnreadVariables(os.Environ(), "ACDEPLOY_ORT_LIB", "ACDEPLOY_TRTEXEC") {
		a.log.Warn("nothing reads the variable " + name) //nolint:sloglint // The sentence is for people.
	}
}

// given is the configuration that the command line or ACDEPLOY_CONFIG names, "" for none.
func given(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	return expand(os.Getenv(configs.FileVariable))
}

// search is [given] or else the first file at the usual places, which is found.
func search(flag string) (path string, found bool, err error) {
	path, err = given(flag)
	if path != "" || err != nil {
		return path, false, err
	}
	path, err = configs.Find()
	return path, path != "", err
}

// distrust refuses a configuration that merely lies in the current folder, where anybody may have put it, if it says what
// is to be executed. Those of the user and of the system are theirs.
func distrust(cfg configs.Config, file string, known configs.Catalogs) error {
	if file != configs.FileName {
		return nil
	}
	keys := cfg.Executed(known)
	if len(keys) == 0 {
		return nil
	}
	return outcome.Usagef("run: ./%s was found, not named, and says what to execute, by %s; if you trust it, name it (acdeploy run %s) or give --%s",
		file, strings.Join(keys, ", "), file, trustFlag)
}
