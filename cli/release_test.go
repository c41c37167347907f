package cli_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/cli"
	"github.com/acdeploy/acdeploy/internal/mutant"
	modelfile "github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

func releaseVerify(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	code = cli.Run(t.Context(), &o, &e, append([]string{"release", "verify"}, args...), toolbox())
	return o.String(), e.String(), code
}

// A release is verified, with its proof where the source is given, and what is not as stated is named in a line.
func TestReleaseVerify(t *testing.T) {
	good := releasetest.Folder(t).Dir
	source := []string{"--backend", "reference", "--source"}
	edited := releasetest.Folder(t).Dir
	addFile(t, edited, "notes.txt")
	for name, c := range map[string]struct {
		args []string
		code int
		out  string
		errs string // "" for no error
	}{
		"good":            {[]string{good}, 0, "ok      provenance   of this model", ""},
		"with the source": {append(source, releasetest.Source(), good), 0, "ok      proof        equal (algebra): 21 of 21 rewritten regions", ""},
		"another source": {
			append(source, filepath.Join("..", "examples", "cifar_quick", "acnet.onnx"), good), 1, "fail    proof ",
			"cifar_quick/acnet.onnx is not the model that it was made of: its model_sha256 is ",
		},
		"no source":   {append(source, "nowhere.onnx", good), 1, "fail    proof ", "read model nowhere.onnx: no such file or directory"},
		"a file more": {[]string{edited}, 1, "fail    files ", "notes.txt is not part of the release"},
		"no folder":   {[]string{"nowhere"}, 1, "fail    files ", "release folder nowhere: no such file or directory"},
		"no argument": {nil, 2, "", "takes one release folder"},
	} {
		t.Run(name, func(t *testing.T) {
			out, errs, code := releaseVerify(t, c.args...)
			if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(filepath.ToSlash(errs), c.errs) || (c.errs == "") == strings.Contains(errs, "acdeploy: ") || strings.Count(errs, "\n") > 1 {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, out, errs)
			}
		})
	}
}

// Somebody who makes every file agree with a model whose weights were changed is found out by the source.
func TestReleaseVerifyOfOtherWeights(t *testing.T) {
	c := releasetest.Contents(t)
	changeWeights(t, &c)
	dir := filepath.Join(t.TempDir(), "release")
	if _, err := release.Write(t.Context(), dir, c); err != nil {
		t.Fatal(err)
	}
	if out, errs, code := releaseVerify(t, dir); code != 0 {
		t.Fatalf("without the source, exit code %d\n%s%s", code, out, errs)
	}
	out, errs, code := releaseVerify(t, dir, "--json", "--backend", "reference", "--source", releasetest.Source())
	if code != 3 || !strings.Contains(errs, "the answers differ") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
	var doc struct {
		Passed bool
		Checks []release.Check
		Proof  struct{ Equal *bool }
	}
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		t.Fatal(err)
	}
	if last := doc.Checks[len(doc.Checks)-1]; doc.Passed || last.Name != "proof" || last.Passed || doc.Proof.Equal == nil || *doc.Proof.Equal {
		t.Errorf("got %+v", doc)
	}
}

// changeWeights makes the model of a release another one, and the report one about it.
func changeWeights(t *testing.T, c *release.Contents) {
	t.Helper()
	file, err := modelfile.Open(c.Model)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	m := file.Model().Clone()
	fault, ok := mutant.Draw(m.Graph, mutant.Layer, 0.1, rand.New(rand.NewPCG(1, 2)))
	if !ok {
		t.Fatal("no layer can be changed")
	}
	fault.Apply()
	c.Model = filepath.Join(t.TempDir(), "fused.onnx")
	saved, err := file.Save(t.Context(), c.Model, m)
	if err != nil {
		t.Fatal(err)
	}
	out := c.Report.Fuse.Output
	out.SHA256, out.ModelSHA256, out.Bytes = saved.SHA256, saved.ModelSHA256, saved.Bytes
	c.Report.Verify.After = out
}

func addFile(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
		t.Fatal(err)
	}
}
