package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

const example = "../examples/cifar_quick/acnet.onnx"

func open(tb testing.TB, path string) *File {
	tb.Helper()
	f, err := Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := f.Close(); err != nil {
			tb.Error(err)
		}
	})
	return f
}

func TestOpenSaysWhatAModelIs(t *testing.T) {
	f := open(t, example)
	want, err := osfile.SHA256(example)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(example)
	if err != nil {
		t.Fatal(err)
	}
	if d, err := f.Digest(); err != nil || d != (Digest{want, info.Size()}) {
		t.Errorf("digest %+v, %v", d, err)
	}
	if f.Path() != example || !f.Is(example) || f.Is("model_test.go") || len(f.External()) != 0 {
		t.Errorf("path %s, external data %q", f.Path(), f.External())
	}
	if f.Counts().Nodes != f.Model().Graph.Len() || f.Signature().Inputs[0].Name != "input" {
		t.Errorf("%+v, %+v", f.Counts(), f.Signature())
	}
}

// What was read when the file was opened stays when the file is closed.
func TestCountsAndNamesOutliveClose(t *testing.T) {
	f, err := Open(example)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f.Counts().Ops["Conv"] == 0 || f.Signature().Inputs[0].Name != "input" {
		t.Errorf("%+v, %+v", f.Counts(), f.Signature())
	}
}

func TestOpenRefusesWhatIsNoModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "absent.onnx")
	if f, err := Open(path); err == nil || f != nil || !strings.HasPrefix(err.Error(), "read model "+path+": ") {
		t.Errorf("%v", err)
	}
}
