// Package home expands the ~ in paths that people type.
package home

import (
	"fmt"

	"github.com/mitchellh/go-homedir"
)

// Expand replaces a leading ~ by the user's home directory, which is found even where HOME is not set.
// Another user's home, ~name, is an error.
func Expand(path string) (string, error) {
	expanded, err := homedir.Expand(path)
	if err != nil {
		return path, fmt.Errorf("expand path %s: %w", path, err)
	}
	return expanded, nil
}
