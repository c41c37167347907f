package configs_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/configs"
)

func TestEveryFaultIsReportedWithItsPlace(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			config, err := configs.Load(path, known())
			if err == nil {
				err = config.Validate(known())
			}
			if err == nil {
				t.Fatal("a wrong configuration was accepted")
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

func TestAFaultDoesNotSteerTheTerminal(t *testing.T) {
	_, err := configs.Parse("x.yaml", []byte("modell: \"\x1b[2J\"\n"), known())
	if err == nil || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("got %q", err)
	}
}
