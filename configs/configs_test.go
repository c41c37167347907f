package configs_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// fuse is a component with options.
type fuse struct {
	MaxKernel int `yaml:"max_kernel"`
}

type plain struct{}

// engine is a component that checks its options.
type engine struct {
	Provider string `yaml:"provider"`
}

func (e *engine) Validate() error {
	if e.Provider != "cpu" && e.Provider != "cuda" {
		return fmt.Errorf("provider %q is not known; known are cpu, cuda", e.Provider)
	}
	return nil
}

func known() configs.Catalogs {
	entry := func(name string, made func() any) catalog.Entry[any] {
		return catalog.Entry[any]{Name: name, Doc: "is " + name, New: made}
	}
	none := func() any { return &plain{} }
	return configs.Known(
		catalog.Catalog[any]{
			entry("fold_batchnorm", none),
			entry("fuse_branches", func() any { return &fuse{MaxKernel: 7} }),
			entry("remove_unused", none),
		},
		catalog.Catalog[any]{
			entry("ort", func() any { return &engine{Provider: "cpu"} }),
			entry("reference", none),
		},
	)
}

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

func TestAFileThatCannotBeReadIsAFaultOfTheConfiguration(t *testing.T) {
	for path, want := range map[string]string{"testdata/absent.yaml": "no such file or directory", "testdata": "is a directory"} {
		_, err := configs.Load(path, known())
		var bad *configs.Error
		if !errors.As(err, &bad) || err.Error() != path+": read configuration: "+want {
			t.Errorf("got %v", err)
		}
	}
}

func TestAFaultDoesNotSteerTheTerminal(t *testing.T) {
	_, err := configs.Parse("x.yaml", []byte("modell: \"\x1b[2J\"\n"), known())
	if err == nil || strings.ContainsRune(err.Error(), 0x1b) {
		t.Errorf("got %q", err)
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}
