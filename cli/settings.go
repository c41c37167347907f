package cli

import (
	"errors"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/acdeploy/acdeploy/configs"
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
	a.warnOfVariables()
	a.named = cmd.Flags().Changed(backendFlag)
	cfg, err := configs.Read(configs.Sources{File: file, Flags: flagsOf(cmd)}, a.tools.Known())
	return cfg, errors.Join(err, expandPaths(&cfg))
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

// search is [given] or else the first file at the usual places.
func search(flag string) (string, error) {
	path, err := given(flag)
	if path != "" || err != nil {
		return path, err
	}
	return configs.Find()
}
