package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/home"
)

// configFile is the flag that names a configuration.
func configFlag(cmd *cobra.Command) *string {
	path := new(string)
	cmd.Flags().Var(pathValue{path}, "config", "configuration file")
	return path
}

// marginKey is the key of the margin.
const marginKey = "gates.latency.margin"

// settings merges defaults, the file ("" for none), ACDEPLOY_* variables and flags; each wins over those
// before it. Every fault is told at once.
func (a *app) settings(cmd *cobra.Command, file string) (configs.Config, error) {
	a.warnOfVariables()
	cfg := configs.Defaults()
	var errs []error
	if file != "" {
		read, err := configs.Load(file, a.tools.Known())
		if err != nil && !isFault(err) {
			return cfg, err
		}
		cfg, errs = read, append(errs, err)
	}
	v, err := bind(cmd)
	if err != nil {
		return cfg, err
	}
	for _, key := range configs.Keys() {
		flag := flagOf(cmd, key)
		switch {
		case flag != nil && flag.Changed:
			errs = append(errs, cfg.Set(key, flag.Value.String(), "--"+flag.Name))
		case v.IsSet(key):
			errs = append(errs, cfg.Set(key, v.GetString(key), variable(key)))
		}
	}
	if flag := flagOf(cmd, marginKey); flag != nil && flag.Changed && cfg.Gates.Latency.Margin == 0 {
		errs = append(errs, usagef("--%s: margin must lie between 0 and 1 (2 %% is 0.02), not 0", flag.Name)) // 0 is the default of a file
	}
	errs = append(errs, expandPaths(&cfg))
	return cfg, errors.Join(errs...)
}

// origin says where the value of a key comes from.
func origin(cfg configs.Config, key string) string {
	from := cfg.Origin(key)
	if strings.HasPrefix(from, "--") || strings.HasPrefix(from, "ACDEPLOY_") {
		from, _, _ = strings.Cut(from, ":")
	}
	return from
}

func isFault(err error) bool {
	var wrong *configs.Error
	return errors.As(err, &wrong)
}

// bind makes a viper that knows the flags and the environment of every key.
func bind(cmd *cobra.Command) (*viper.Viper, error) {
	v := viper.NewWithOptions(viper.ExperimentalBindStruct(), viper.EnvKeyReplacer(strings.NewReplacer(".", "_")))
	v.SetEnvPrefix("ACDEPLOY")
	for _, key := range configs.Keys() {
		if err := v.BindEnv(key); err != nil {
			return nil, err
		}
		if flag := flagOf(cmd, key); flag != nil {
			if err := v.BindPFlag(key, flag); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// variable is the environment variable of a key.
func variable(key string) string {
	return "ACDEPLOY_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// flagOf is the command's flag for a key, nil when it has none.
func flagOf(cmd *cobra.Command, key string) *pflag.Flag {
	var found *pflag.Flag
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if keys := f.Annotations[keyAnnotation]; len(keys) == 1 && keys[0] == key {
			found = f
		}
	})
	return found
}

// expandPaths expands the ~ of every path in a configuration.
func expandPaths(cfg *configs.Config) error {
	var errs []error
	for _, path := range []*string{&cfg.Model, &cfg.Baseline, &cfg.Output, &cfg.Report, &cfg.Verify.Data.Path, &cfg.Runtime.Library} {
		var err error
		*path, err = home.Expand(*path)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// given is the configuration that the command line or ACDEPLOY_CONFIG names, "" for none.
func given(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	return home.Expand(os.Getenv("ACDEPLOY_CONFIG"))
}

// search is [given] or else the first file at the usual places.
func search(flag string) (string, error) {
	path, err := given(flag)
	if path != "" || err != nil {
		return path, err
	}
	places := []string{"acdeploy.yaml"}
	if dir, err := os.UserConfigDir(); err == nil {
		places = append(places, filepath.Join(dir, "acdeploy", "config.yaml"))
	}
	places = append(places, "/etc/acdeploy/config.yaml")
	for _, place := range places {
		if _, err := os.Stat(place); err == nil {
			return place, nil
		} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return "", fmt.Errorf("look for a configuration: %w", err)
		}
	}
	return "", nil
}
