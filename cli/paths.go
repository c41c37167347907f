package cli

import (
	"errors"
	"fmt"

	"github.com/mitchellh/go-homedir"

	"github.com/acdeploy/acdeploy/configs"
)

// expand replaces a leading ~ by the user's home directory, which is found even where HOME is not set.
// Another user's home, ~name, is an error.
func expand(path string) (string, error) {
	expanded, err := homedir.Expand(path)
	if err != nil {
		return path, fmt.Errorf("expand path %s: %w", path, err)
	}
	return expanded, nil
}

// expandPaths expands the ~ of every path in a configuration.
func expandPaths(cfg *configs.Config) error {
	var errs []error
	for _, path := range []*string{&cfg.Model, &cfg.Baseline, &cfg.Output, &cfg.Report, &cfg.Verify.Data.Path, &cfg.Runtime.Library} {
		var err error
		*path, err = expand(*path)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// pathValue is a flag that names a file; its ~ is expanded.
type pathValue struct{ path *string }

func (v pathValue) String() string {
	if v.path == nil {
		return ""
	}
	return *v.path
}

func (v pathValue) Set(text string) (err error) {
	*v.path, err = expand(text)
	return err
}

func (v pathValue) Type() string { return "path" }
