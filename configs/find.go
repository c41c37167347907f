package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileName is how a configuration file is usually called.
const FileName = "acdeploy.yaml"

// Find is the configuration file at the first of the usual places where there is one: the current folder, the
// user's folder of configurations, the system's. It is "" where there is none.
func Find() (string, error) {
	places := []string{FileName}
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
