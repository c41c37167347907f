package acdeploy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/zoo"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes/passtest"
)

// TestSameFileEverywhere pins the bytes of the fused examples: from any number of threads and on any
// machine they are the same. A change here is a change of every user's files, and needs a reason.
func TestSameFileEverywhere(t *testing.T) {
	for net, want := range map[string]string{
		"resnet20":    "ec78b2000b2486f1592ba89f6b0cb925016bb9be25f0dbd42b45d2cc406aa425",
		"cifar_quick": "37dddc2cfe2a8ebc96338361995b2082ea6609a3264a6f13015210ce174e72f0",
	} {
		for _, threads := range []int{1, 2, 7} {
			t.Run(net+"/"+strconv.Itoa(threads), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
				saved, source := fuse(t, filepath.Join("examples", net, "acnet.onnx"), filepath.Join(t.TempDir(), "fused.onnx"))
				defer func() { _ = source.Close() }()
				if got := saved.Document().Output.SHA256; got != want {
					t.Errorf("sha256 is %s, want %s", got, want)
				}
			})
		}
	}
}

// digests is a golden file with a line for each file that acdeploy writes.
type digests struct {
	path  string
	lines strings.Builder
}

func (d *digests) add(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	h := sha256.New()
	if err := write(h); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	fmt.Fprintf(&d.lines, "%s  %s\n", hex.EncodeToString(h.Sum(nil)), name)
}

func (d *digests) addModel(t *testing.T, name string, m *graph.Model) {
	t.Helper()
	d.add(t, name, func(w io.Writer) error {
		_, err := onnx.Encode(w, m)
		return err
	})
}

func (d *digests) compare(t *testing.T) {
	t.Helper()
	if passtest.Updating() {
		if err := os.WriteFile(d.path, []byte(d.lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(d.path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(d.lines.String(), "\n")); diff != "" {
		t.Errorf("acdeploy writes other bytes than %s records:\n%s", d.path, diff)
	}
}

// TestGoldenZoo pins the bytes that come of every network of the zoo, plain and branched.
func TestGoldenZoo(t *testing.T) {
	if testing.Short() {
		t.Skip("networks of their true size")
	}
	golden := digests{path: "testdata/zoo.golden"}
	steps := defaultSteps(t)
	for _, f := range families() {
		m := f.Build(f.form)
		rewrite(t, m, steps)
		golden.addModel(t, f.String(), m)
		if f.form.Year2019 {
			continue // its plain network is that of the other form
		}
		plain := f.Build(zoo.Form{Seed: 1})
		rewrite(t, plain, steps)
		golden.addModel(t, f.String()+", plain", plain)
	}
	golden.compare(t)
}

// TestGoldenFiles pins the bytes that come of every model file in the repository and, where it is here, in
// the folder shared next to it.
func TestGoldenFiles(t *testing.T) {
	t.Run("repository", func(t *testing.T) {
		golden := digests{path: "testdata/files.golden"}
		for _, pattern := range []string{"examples/*/*.onnx", "passes/testdata/*.onnx", "passes/testdata/*/*.onnx"} {
			golden.addFiles(t, ".", pattern)
		}
		golden.compare(t)
	})
	t.Run("shared", func(t *testing.T) {
		root := filepath.Dir(models(t))
		golden := digests{path: "testdata/shared.golden"}
		for _, pattern := range []string{"models/*/*.onnx", "cases/*.onnx"} {
			golden.addFiles(t, root, pattern)
		}
		golden.compare(t)
	})
}

func (d *digests) addFiles(t *testing.T, root, pattern string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	for _, path := range paths {
		name, err := filepath.Rel(root, path)
		if err != nil {
			t.Fatal(err)
		}
		saved, source := fuse(t, path, filepath.Join(t.TempDir(), "fused.onnx"))
		fmt.Fprintf(&d.lines, "%s  %s\n", saved.Document().Output.SHA256, filepath.ToSlash(name))
		if err := source.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
