package cli

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/configs"
)

// Flags that were given are handed on as the texts that the configuration reads.
func TestFlagsOf(t *testing.T) {
	cmd := &cobra.Command{}
	benchSettings(cmd)
	cmd.Flags().Bool("other", false, "no key of the configuration")
	if err := cmd.ParseFlags([]string{"--batch", "1", "--batch", "8", "--other"}); err != nil {
		t.Fatal(err)
	}
	flags := flagsOf(cmd)
	if f := flags["bench.batch"]; f != (configs.Flag{Name: "batch", Value: "[1, 8]", Given: true}) {
		t.Errorf("bench.batch is %+v", f)
	}
	if f, ok := flags["bench.units"]; !ok || f.Given {
		t.Errorf("bench.units is %+v", f)
	}
	if len(flags) != 12 {
		t.Errorf("%d flags set keys, want 12", len(flags))
	}
}

// With -v a command says which library of ONNX Runtime it would load, and which places come before it.
func TestTellLibrary(t *testing.T) {
	there, err := library.Store{}.Resolve(library.Request{})
	if err != nil {
		t.Skip("there is no library to tell of: ", err)
	}
	path := there.Path
	t.Setenv("ACDEPLOY_ORT_LIB", path)
	var said strings.Builder
	a := &app{log: slog.New(&lines{w: &said, level: slog.LevelDebug})}
	a.tellLibrary(library.Request{})
	if got := said.String(); !strings.Contains(got, path) || !strings.Contains(got, "found by ACDEPLOY_ORT_LIB; before it: --ort-lib: not given") {
		t.Errorf("it says %q", got)
	}
	said.Reset()
	a.tellLibrary(library.Request{Flag: "/absent.so"})
	if said.Len() != 0 {
		t.Errorf("of a library that is not there it says %q", said.String())
	}
}

func TestGivenAndSearch(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv(configs.FileVariable, "")
	if path, found, err := search(""); path != "" || found || err != nil {
		t.Errorf("found %q, %v", path, err)
	}
	named := filepath.Join(t.TempDir(), "own.yaml")
	t.Setenv(configs.FileVariable, named)
	if path, err := given(""); path != named || err != nil {
		t.Errorf("the variable gives %q, %v", path, err)
	}
	if path, found, err := search("flag.yaml"); path != "flag.yaml" || found || err != nil {
		t.Errorf("the flag gives %q, %v", path, err)
	}
	t.Setenv(configs.FileVariable, "")
	if err := os.WriteFile(configs.FileName, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if path, found, err := search(""); path != configs.FileName || !found || err != nil {
		t.Errorf("the folder gives %q, %v, %v", path, found, err)
	}
}
