package passes_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/passes/passtest"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// The models that the ONNX project publishes with its package for Python, and how many there are.
const (
	corpusFile   = "../.tools/corpus/onnx-1.22.0.whl"
	corpusModels = 1905
)

// openCorpus opens the package for the length of a test, which is skipped where it is not there.
func openCorpus(t *testing.T) *zip.ReadCloser {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	archive, err := zip.OpenReader(corpusFile)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the models of the ONNX project are not here; make corpus fetches them")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = archive.Close() })
	return archive
}

// TestCorpus fuses every model that the ONNX project publishes. All are accepted and keep their
// interface; those with nothing to do come out as the bytes that they were; what onnxruntime can run
// of the others gives the same answers before and after, to the bit where only clean-up touched it.
func TestCorpus(t *testing.T) {
	archive := openCorpus(t)
	c := corpus{files: map[string]*zip.File{}, folder: t.TempDir()}
	if err := ort.New().Check(t.Context()); err == nil {
		c.engine = ort.New()
		c.engine.Optimization = "disabled"
	} else if errors.Is(err, backends.ErrUnavailable) {
		t.Logf("the answers are not compared: %v", err)
	} else {
		t.Fatal(err)
	}
	var models []string
	for _, f := range archive.File {
		c.files[f.Name] = f
		if ok, _ := path.Match("onnx/backend/test/data/*/*/model.onnx", f.Name); ok {
			models = append(models, path.Dir(f.Name))
		}
	}
	if len(models) != corpusModels {
		t.Fatalf("%d models, want %d", len(models), corpusModels)
	}
	for _, dir := range models {
		t.Run(path.Base(dir), func(t *testing.T) { c.test(t, dir) })
	}
	c.compareDigests(t)
	t.Logf("%d unchanged; of %d rewritten %d give the same answers, %d were compared by graph, %d do not run before either",
		c.unchanged, len(models)-c.unchanged, c.equal, c.random, len(c.cannot))
	for _, dir := range slices.Sorted(maps.Keys(c.cannot)) {
		t.Logf("%s: %v", dir, c.cannot[dir])
	}
}

// corpus is the published models and what was found out about them.
type corpus struct {
	files  map[string]*zip.File
	folder string   // for the engine to read models from
	engine *ort.ORT // nil when it is not here

	unchanged, equal, random int
	cannot                   map[string]error
	digests                  strings.Builder // of the rewritten files, a line each
}

// compareDigests holds the bytes of the rewritten models against those on record.
func (c *corpus) compareDigests(t *testing.T) {
	t.Helper()
	const golden = "testdata/corpus.golden"
	if passtest.Updating() {
		if err := os.WriteFile(golden, []byte(c.digests.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(c.digests.String(), "\n")); diff != "" {
		t.Errorf("the passes write other bytes than %s records:\n%s", golden, diff)
	}
}

func (c *corpus) test(t *testing.T, dir string) {
	t.Helper()
	raw := c.read(t, dir+"/model.onnx")
	once, rewrites, exact := fuseBytes(t, raw)
	if twice, more, _ := fuseBytes(t, once); len(more) > 0 || !bytes.Equal(once, twice) {
		t.Errorf("a second run made %v, %d and %d bytes", more, len(once), len(twice))
	}
	before, after := decode(t, raw), decode(t, once)
	if was, is := passtest.Interface(before), passtest.Interface(after); was != is {
		t.Errorf("the interface was %s and is %s", was, is)
	}
	if len(rewrites) == 0 {
		c.unchanged++
		if !sameMessage(raw, once) {
			t.Errorf("nothing was rewritten, yet the file changed")
		}
		return
	}
	fmt.Fprintf(&c.digests, "%x  %s\n", sha256.Sum256(once), strings.TrimPrefix(dir, "onnx/backend/test/data/"))
	if was, is := randomNodes(before), randomNodes(after); len(was) > 0 {
		c.random++
		if !slices.Equal(was, is) {
			t.Errorf("random operators were %v and are %v", was, is)
		}
		return
	}
	if c.engine == nil {
		return
	}
	in, err := c.inputs(t, dir, before)
	var want tensor.Map
	if err == nil {
		want, err = c.run(t, "before.onnx", raw, before, in)
	}
	if err != nil {
		if c.cannot == nil {
			c.cannot = map[string]error{}
		}
		c.cannot[dir] = err
		return
	}
	got, err := c.run(t, "after.onnx", once, after, in)
	if err != nil {
		t.Fatalf("it ran before and does not after %v: %v", rewrites, err)
	}
	c.equal++
	for name, w := range want {
		if err := sameAnswer(w, got[name], exact); err != nil {
			t.Errorf("output %s after %v: %v", name, rewrites, err)
		}
	}
}

// cleanUp are the passes that do no arithmetic of their own.
func cleanUp(pass string) bool {
	switch pass {
	case "fold_pad", "fold_batchnorm", "fold_affine", "fuse_branches", "fuse_chain":
		return false
	}
	return true
}

// fuseBytes is a file after the default pipeline, with what was rewritten, and whether it was only
// cleaned up.
func fuseBytes(t *testing.T, raw []byte) (file []byte, rewrites []string, exact bool) {
	t.Helper()
	m := decode(t, raw)
	result, err := pipeline.Run(t.Context(), m.Graph, defaults(), pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	exact = true
	for _, p := range result.Passes {
		exact = exact && (len(p.Rewrites) == 0 || cleanUp(p.Name))
		for _, r := range p.Rewrites {
			rewrites = append(rewrites, p.Name+" "+r.Node)
		}
	}
	var b bytes.Buffer
	if _, err := onnx.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), rewrites, exact
}

func decode(t *testing.T, raw []byte) *graph.Model {
	t.Helper()
	m, err := onnx.Decode(raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (c *corpus) read(t *testing.T, name string) []byte {
	t.Helper()
	f, err := c.files[name].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// sameMessage compares two serialised messages field by field; the order of different fields is free.
func sameMessage(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	fieldsA, okA := fields(a)
	fieldsB, okB := fields(b)
	return okA && okB && maps.EqualFunc(fieldsA, fieldsB, func(a, b [][]byte) bool {
		return slices.EqualFunc(a, b, sameMessage)
	})
}

// fields sorts what a message consists of by field number; false when it is none.
func fields(message []byte) (map[protowire.Number][][]byte, bool) {
	found := map[protowire.Number][][]byte{}
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return nil, false
		}
		message = message[n:]
		if n = protowire.ConsumeFieldValue(number, kind, message); n < 0 {
			return nil, false
		}
		value := message[:n]
		if kind == protowire.BytesType {
			value, _ = protowire.ConsumeBytes(value)
		}
		found[number] = append(found[number], value)
		message = message[n:]
	}
	return found, true
}

// inputs are those that come with the model.
func (c *corpus) inputs(t *testing.T, dir string, m *graph.Model) (tensor.Map, error) {
	t.Helper()
	in := tensor.Map{}
	for i, spec := range onnx.Specs(m.Graph.Inputs()) {
		name := fmt.Sprintf("%s/test_data_set_0/input_%d.pb", dir, i)
		if c.files[name] == nil {
			return nil, fmt.Errorf("there is no %s", path.Base(name))
		}
		v, err := decodeTensor(c.read(t, name))
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", spec.Name, err)
		}
		in[spec.Name] = v
	}
	return in, nil
}

// decodeTensor reads a TensorProto: as the one initializer of a model.
func decodeTensor(raw []byte) (*tensor.Tensor, error) {
	field := func(number protowire.Number, payload []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), payload)
	}
	named := append(slices.Clone(raw), field(8, []byte("t"))...) // the last name counts
	m, err := onnx.Decode(field(7, field(5, named)), nil)
	if err != nil {
		return nil, err
	}
	return m.Graph.Lookup("t").Data(), nil
}

func (c *corpus) run(t *testing.T, name string, raw []byte, m *graph.Model, in tensor.Map) (tensor.Map, error) {
	t.Helper()
	file := filepath.Join(c.folder, name)
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := c.engine.Open(t.Context(), backends.Model{
		Name: name, Path: file, Inputs: onnx.Specs(m.Graph.Inputs()), Outputs: onnx.Specs(m.Graph.Outputs()),
	}, backends.Tuning{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	return s.Run(t.Context(), in)
}

// randomNodes lists the operators that draw numbers.
func randomNodes(m *graph.Model) []string {
	var out []string
	for g := range m.Graph.All() {
		for n := range g.Nodes() {
			if strings.HasPrefix(n.OpType, "Random") || n.Is("Bernoulli") || n.Is("Multinomial") {
				out = append(out, n.OpType)
			}
		}
	}
	return out
}

// sameAnswer compares to the bit, but for the sign of zero and the kind of NaN; where arithmetic was
// rearranged, to a few roundings of the largest answer.
func sameAnswer(want, got *tensor.Tensor, exact bool) error {
	if got == nil || got.Type() != want.Type() || !slices.Equal(got.Shape(), want.Shape()) {
		return errors.New("type or shape differ")
	}
	if want.Type() == tensor.String {
		if !slices.Equal(want.Strings(), got.Strings()) {
			return errors.New("strings differ")
		}
		return nil
	}
	allowed := 0.0
	if !exact {
		allowed = 1e-5 * want.MaxAbs()
	}
	w, g := want.Float64s(), got.Float64s()
	for i := range w {
		if w[i] != g[i] && !(math.IsNaN(w[i]) && math.IsNaN(g[i])) && !(math.Abs(w[i]-g[i]) <= allowed) {
			return fmt.Errorf("element %d is %v, before it was %v", i, g[i], w[i])
		}
	}
	return nil
}
