package configs_test

import (
	"errors"
	"fmt"
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

// TestFaultsAreForProgramsToo has the place of each fault apart from its words.
func TestFaultsAreForProgramsToo(t *testing.T) {
	_, err := configs.Parse("x.yaml", []byte("version: 1\nmodell: a.onnx\n"), known())
	bad, ok := errors.AsType[*configs.Error](err)
	if !ok || len(bad.Faults) != 1 {
		t.Fatalf("got %v", err)
	}
	f := bad.Faults[0]
	if f.Source != "x.yaml" || f.Line != 2 || f.Column != 1 || f.Key != "modell" || !strings.Contains(f.Message, "model") {
		t.Errorf("got %+v", f)
	}
	if configs.Defaults().Version != configs.Version {
		t.Errorf("a configuration without a version is of %d, and the newest is %d", configs.Defaults().Version, configs.Version)
	}
}

func TestAFaultDoesNotSteerTheTerminal(t *testing.T) {
	_, err := configs.Parse("x.yaml", []byte("modell: \"\x1b[2J\"\n"), known())
	if err == nil || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("got %q", err)
	}
}

// TestReliability11ManyFaults tells the first faults of a file with 7,000 of them, and how many more there are.
func TestReliability11ManyFaults(t *testing.T) {
	_, err := configs.Parse("many.yaml", []byte(strings.Repeat("x: 1\n", 7000)), shipped())
	bad, ok := errors.AsType[*configs.Error](err)
	if !ok || len(bad.Faults) < 7000 {
		t.Fatalf("%v", err)
	}
	told := bad.Unwrap()
	want := fmt.Sprintf("many.yaml: and %d more faults", len(bad.Faults)-20)
	if len(told) != 21 || told[20].Error() != want || !strings.HasSuffix(err.Error(), "\n"+want) {
		t.Errorf("%d lines, the last is %v", len(told), told[len(told)-1])
	}
	if first := told[0].Error(); !strings.HasPrefix(first, "many.yaml:1:1: ") {
		t.Errorf("the first is %s", first)
	}
}
