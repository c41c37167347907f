package cli_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/backends/ort/library"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/backends/tensorrt"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/passes"
	programs "github.com/acdeploy/acdeploy/passes/external"
	"github.com/acdeploy/acdeploy/reports/formats"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect")

// toolbox is that of the program itself.
func toolbox() cli.Toolbox {
	return cli.Toolbox{
		Passes:   append(append(passes.Catalog(), programs.Entry()), stubbornEntries()...),
		Backends: append(catalog.Catalog[backends.Backend]{ort.Entry(), tensorrt.Entry(), reference.Entry()}, rudeEntries()...),
		Formats:  formats.Catalog(),
		Exact:    cli.Exact(reference.OpenPartly),
		Probe:    ort.Probe,
	}
}

func TestMain(m *testing.M) {
	// The commands that these tests call in this process start it as their worker, and to probe libraries.
	if len(os.Args) > 1 && (os.Args[1] == "worker" || os.Args[1] == "probe-library") {
		os.Exit(cli.Main(toolbox()))
	}
	testscript.Main(m, map[string]func(){"acdeploy": func() { os.Exit(cli.Main(toolbox())) }, measured: measuredMain})
}

// TestScripts runs the command line as a person would, in testdata/script. What needs an engine asks
// for the condition [ort].
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	runtime := engine(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("REPO", root)
			env.Setenv("EXAMPLES", filepath.Join(root, "examples"))
			env.Setenv("RUNTIME", runtime)
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache"))
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			return os.Mkdir(filepath.Join(env.WorkDir, "home"), 0o755)
		},
		Condition: func(cond string) (bool, error) { return cond == "ort" && runtime != "", nil },
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"model":   writeModel,
			"jq":      queryJSON,
			"code":    exitCode,
			"oneline": oneLine,
			"fifo":    makeFIFO,
			"glob":    matches,
			"record":  writeRecord,
		},
	})
}

// engine is a library of ONNX Runtime that can be loaded; "" where there is none.
func engine(t *testing.T) string {
	t.Helper()
	found, err := library.Store{}.Resolve(library.Request{})
	if err != nil {
		t.Logf("scripts that need an engine are skipped: %v", err)
		return ""
	}
	if err := ort.New().Check(context.Background()); err != nil {
		t.Logf("scripts that need an engine are skipped: %v", err)
		return ""
	}
	return found.Path
}
