package configs_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/acdeploy/acdeploy/configs"
)

func TestFind(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the user's folder of configurations lies elsewhere")
	}
	user := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", user)
	t.Chdir(t.TempDir())
	if got, err := configs.Find(); err != nil || got != "" && got != "/etc/acdeploy/config.yaml" {
		t.Errorf("found %q, %v", got, err)
	}
	own := filepath.Join(user, "acdeploy", "config.yaml")
	if err := os.MkdirAll(filepath.Dir(own), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{own, configs.FileName} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := configs.Find(); err != nil || got != path {
			t.Errorf("found %q, %v; want %s", got, err, path)
		}
	}
}
