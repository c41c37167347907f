// Package releasetest makes release folders for tests: the trained network of examples/resnet20, fused here and stamped, with the report
// of a run of it that passed on a quiet machine. Of the samples of that run a part is left out, to keep the file small.
package releasetest

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed" // of the report
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/reports"
)

//go:embed testdata/report.json.gz
var frozen []byte

// Name and Alias are what the configuration of the report calls the registered model.
const (
	Name  = "digits_resnet20"
	Alias = "champion"
)

// Source is the path of the network as trained.
func Source() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "examples", "resnet20", "acnet.onnx")
}

// Folder makes a release folder, as [Into] does.
func Folder(tb testing.TB) *release.Folder {
	tb.Helper()
	return Into(tb, filepath.Join(tb.TempDir(), "release"))
}

// Into makes a release folder at a path, and opens it.
func Into(tb testing.TB, dir string) *release.Folder {
	tb.Helper()
	if _, err := release.Write(tb.Context(), dir, Contents(tb)); err != nil {
		tb.Fatal(err)
	}
	f, err := release.Open(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// Contents are those of a release, with its model in a temporary folder.
func Contents(tb testing.TB) release.Contents {
	tb.Helper()
	r := reportFor(tb)
	made, err := fused()
	if err != nil {
		tb.Fatal(err)
	}
	path := filepath.Join(tb.TempDir(), "fused.onnx")
	if err := os.WriteFile(path, made.bytes, 0o644); err != nil {
		tb.Fatal(err)
	}
	was := r.Fuse.Output.ModelSHA256
	out := reports.File{Path: r.Fuse.Output.Path, SHA256: made.SHA256, ModelSHA256: made.ModelSHA256, Bytes: made.Bytes}
	*r.Fuse.Output = out
	r.Verify.After = &out
	for i := range r.Arms {
		if a := &r.Arms[i]; a.ModelSHA256 == was {
			a.SHA256, a.ModelSHA256, a.Bytes = out.SHA256, out.ModelSHA256, out.Bytes
		}
	}
	return release.Contents{Model: path, Report: r}
}

// reportFor is the report of the run, of the model before it was stamped.
func reportFor(tb testing.TB) *reports.Report {
	tb.Helper()
	r, err := report()
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func report() (*reports.Report, error) {
	packed, err := gzip.NewReader(bytes.NewReader(frozen))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(packed)
	if err != nil {
		return nil, err
	}
	r, err := reports.Parse(text)
	if err == nil {
		r.Conclude() // with the gates as they are told now
	}
	return r, err
}

// Fused is the fused model without a stamp, until the end of the test.
func Fused(tb testing.TB) *graph.Model {
	tb.Helper()
	source, err := model.Open(Source())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = source.Close() }) // nothing was written
	m, _, err := run(tb.Context(), source)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// run runs the passes over a copy of a model.
func run(ctx context.Context, source *model.File) (*graph.Model, []pipeline.Step, error) {
	r, err := report()
	if err != nil {
		return nil, nil, err
	}
	var later []string // passes that there were none of when the report was made
	for _, e := range passes.Catalog().Default() {
		if !slices.ContainsFunc(r.Fuse.Passes, func(p reports.Pass) bool { return p.Name == e.Name }) {
			later = append(later, e.Name)
		}
	}
	steps, err := acdeploy.DefaultSteps(passes.Catalog(), later)
	if err != nil {
		return nil, nil, err
	}
	m := source.Model().Clone()
	_, err = pipeline.Run(ctx, m.Graph, steps, pipeline.Options{})
	return m, steps, err
}

// stamped is the model of the report, with its provenance in its metadata.
type stamped struct {
	model.Digest
	bytes []byte
}

// fused makes it, once for all tests of a package.
var fused = sync.OnceValues(func() (stamped, error) { //nolint:gochecknoglobals // What a pure function computes.
	source, err := model.Open(Source())
	if err != nil {
		return stamped{}, err
	}
	defer func() { _ = source.Close() }() // nothing was written
	m, steps, err := run(context.Background(), source)
	if err != nil {
		return stamped{}, err
	}
	r, err := report()
	if err != nil {
		return stamped{}, err
	}
	p := release.Provenance{Version: "v0.0.0-test", Source: r.Fuse.Input.ModelSHA256}
	if p.Passes, err = release.PassesOf(steps, passes.Catalog()); err != nil {
		return stamped{}, err
	}
	if p.Config, err = release.ConfigDigest(r.Config); err != nil {
		return stamped{}, err
	}
	release.Stamp(m, p)
	var file bytes.Buffer
	if _, err := onnx.Encode(&file, m); err != nil {
		return stamped{}, err
	}
	sum := osfile.SHA256Bytes(file.Bytes())
	whole := osfile.SHA256OfParts(osfile.Part{Name: "model", SHA256: sum})
	return stamped{model.Digest{SHA256: sum, ModelSHA256: whole, Bytes: int64(file.Len())}, file.Bytes()}, nil
})
