package model

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx/mapped"
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
	if d, err := f.Digest(); err != nil || d.SHA256 != want || d.Bytes != info.Size() {
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

// inTwoFiles is the example with its weights in a data file.
func inTwoFiles(t *testing.T) (path, data string) {
	t.Helper()
	saved, err := mapped.Save(t.Context(), filepath.Join(t.TempDir(), "m.onnx"), open(t, example).Model(), mapped.Options{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return saved.Path, saved.Data[0].Path
}

// Plain sha256sum finds the digest of a model, with and without a data file.
func TestModelDigestIsThatOfSha256sum(t *testing.T) {
	if _, err := exec.LookPath("sha256sum"); err != nil {
		t.Skip("sha256sum is not here")
	}
	one, err := filepath.Abs(example)
	if err != nil {
		t.Fatal(err)
	}
	two, data := inTwoFiles(t)
	for path, data := range map[string]string{one: "", two: "; sha256sum " + filepath.Base(data)} {
		cmd := exec.Command("sh", "-c", "(sha256sum <"+filepath.Base(path)+" | sed s/-/model/"+data+") | sha256sum")
		cmd.Dir = filepath.Dir(path)
		out, err := cmd.Output()
		if err != nil {
			t.Skip("no shell, or no sed: ", err)
		}
		want, _, _ := strings.Cut(string(out), " ")
		if d, err := open(t, path).Digest(); err != nil || d.ModelSHA256 != want {
			t.Errorf("%s: %s, sha256sum says %s, error %v", path, d.ModelSHA256, want, err)
		}
	}
}

// A change in the data file changes the digest of the model, and not that of its file.
func TestModelDigestCountsTheData(t *testing.T) {
	path, dataPath := inTwoFiles(t)
	before, err := open(t, path).Digest()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(dataPath)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(dataPath, data, 0o600); err != nil {
		t.Fatal(err)
	}
	after, err := open(t, path).Digest()
	if err != nil || after.SHA256 != before.SHA256 || after.ModelSHA256 == before.ModelSHA256 {
		t.Errorf("before %+v, after %+v, error %v", before, after, err)
	}
}

// TestInterruptEndsTheWaitForADigest saves a model whose digest comes to no end: an interrupt leaves nothing behind, at once.
func TestInterruptEndsTheWaitForADigest(t *testing.T) {
	file, err := mapped.Open(example)
	if err != nil {
		t.Fatal(err)
	}
	never := make(chan struct{})
	f, err := opened(file, func() { close(never) }, sync.OnceValues(func() ([]osfile.Part, error) { <-never; return nil, context.Canceled }))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		for { // until the model is written, and waits
			if found, _ := filepath.Glob(filepath.Join(dir, ".*", "out.onnx")); len(found) > 0 {
				cancel()
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	if _, err := f.Save(ctx, filepath.Join(dir, "out.onnx"), f.Model()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
