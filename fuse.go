package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
)

// Fused is a model in memory after the passes ran over it.
type Fused struct {
	source *model.File
	naming model.Options
	model  *graph.Model
	result *pipeline.Result
	before reports.Network
	after  reports.Network
	became []reports.Became
	brief  bool          // whether nobody asks for the layers and for became
	bytes  int64         // of the constants of the source
	shared string        // of the source; see [shared]
	doc    *reports.Fuse // without the digest of the source, which may be computed still
}

// Fuse runs the passes over a copy of the model.
func Fuse(ctx context.Context, source *model.File, steps []pipeline.Step, opts pipeline.Options) (*Fused, error) {
	return fuse(ctx, &Fused{source: source, model: source.Model().Clone()}, steps, opts)
}

// fuse runs the passes over the model of f: a copy of the model of its source, or that one itself.
func fuse(ctx context.Context, f *Fused, steps []pipeline.Step, opts pipeline.Options) (*Fused, error) {
	source := f.source
	err := model.Do(func() (err error) {
		f.before = f.network(source.Model(), source.Counts())
		f.bytes, f.shared = model.ConstantBytes(source.Model()), shared(source.Model())
		var trail *model.Trail
		if !f.brief {
			trail = model.TrailOf(source.Model())
		}
		if f.result, err = pipeline.Run(ctx, f.model.Graph, steps, opts); err != nil {
			return err // a pass that was stopped may still change the graph
		}
		f.after = f.network(f.model, model.Count(f.model))
		if !f.brief {
			f.became = became(trail.Lineage(f.model))
		}
		f.doc = reports.NewFuse(reports.File{Path: source.Path()}, nil, f.before, f.after, f.result)
		f.doc.Became = f.became
		return nil
	})
	if f.result != nil {
		source.CloseWith(f.result)
	}
	if err != nil {
		return nil, fmt.Errorf("fuse %s: %w", source.Path(), err)
	}
	return f, nil
}

// programs are the programs that changed the model, as a person would type them.
func (f *Fused) programs() []string {
	var list []string
	for _, p := range f.result.Passes {
		if p.Program != nil && len(p.Rewrites) > 0 {
			list = append(list, human.CommandLine(p.Program.Command))
		}
	}
	return list
}

// Document is the record of what the passes did, with no output. It waits for the digest of the source.
func (f *Fused) Document() (*reports.Fuse, error) {
	input, err := document(f.source)
	if err != nil {
		return nil, err
	}
	doc := *f.doc
	doc.Input = input
	return &doc, nil
}

// document is what a report says of a file.
func document(f *model.File) (reports.File, error) {
	d, err := f.Digest()
	return reports.File{Path: f.Path(), SHA256: d.SHA256, ModelSHA256: d.ModelSHA256, Bytes: d.Bytes}, err
}

// Ranges says how large the weights of each layer are, output channel by output channel.
func (f *Fused) Ranges() (list []model.Range, err error) {
	err = model.Do(func() error { list = model.Ranges(f.model); return nil })
	return list, err
}

// Saved is a fused model with its file.
type Saved struct {
	*Fused
	file model.Saved
	doc  *reports.Fuse
}

// Save writes the model, unchecked. It does not write over the file that the model came from.
func (f *Fused) Save(ctx context.Context, path string) (*Saved, error) {
	if err := folderOf(path); err != nil {
		return nil, err
	}
	file, err := f.source.SaveWith(ctx, path, f.model, f.naming)
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	return f.saved(file)
}

// folderOf asks for the folder of an output.
func folderOf(path string) error {
	if _, err := os.Stat(filepath.Dir(path)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("write model %s: there is no folder %s; make it first", path, filepath.Dir(path))
	}
	return nil
}

func cannotWrite(path string, err error) error {
	if errors.Is(err, model.ErrSelf) || errors.Is(err, model.ErrInline) {
		return outcomef(ErrUsage, "write model %s: %w", path, err)
	}
	return err
}

func (f *Fused) saved(file model.Saved) (*Saved, error) {
	doc, err := f.Document()
	if err != nil {
		return nil, err
	}
	doc.Output = output(file)
	return &Saved{Fused: f, file: file, doc: doc}, nil
}

// output is what a report says of a file that was written.
func output(file model.Saved) *reports.File {
	return &reports.File{Path: file.Path, SHA256: file.SHA256, ModelSHA256: file.ModelSHA256, Bytes: file.Bytes}
}

// Notes say what is not as it should be with the file, and no reason not to write it; a sentence each.
func (s *Saved) Notes() []string { return s.file.Notes }

// Document is the record of what the passes did and of the file that came of it.
func (s *Saved) Document() *reports.Fuse { return s.doc }

// Describe says in one line what the passes did.
func Describe(f *reports.Fuse) string {
	if len(f.Rewrites) == 0 {
		return fmt.Sprintf("nothing to fuse, %s", human.Count(f.After.Nodes, "node"))
	}
	text := fmt.Sprintf("%s, %d → %s", human.Count(len(f.Rewrites), "rewrite"), f.Before.Nodes, human.Count(f.After.Nodes, "node"))
	if len(f.Refusals) > 0 {
		text += ", " + human.Count(len(f.Refusals), "refusal")
	}
	return text
}

// figures are the numbers of that sentence.
func figures(f *reports.Fuse) []slog.Attr {
	return []slog.Attr{
		slog.Int("rewrites", len(f.Rewrites)), slog.Int("refusals", len(f.Refusals)),
		slog.Int("nodes_before", f.Before.Nodes), slog.Int("nodes_after", f.After.Nodes),
	}
}

// network is what the record says of a model that was counted.
func (f *Fused) network(m *graph.Model, counts model.Counts) reports.Network {
	if f.brief {
		return reports.Network{Graph: reports.Graph(counts)}
	}
	return network(m, counts)
}

// network is what a report says of a model that was counted.
func network(m *graph.Model, counts model.Counts) reports.Network {
	n := reports.Network{Graph: reports.Graph(counts)}
	layers := model.ListLayers(m)
	n.Layers = slices.Grow(n.Layers, len(layers))
	for _, l := range layers {
		n.Layers = append(n.Layers, reports.Layer(l))
	}
	return n
}

// became is what a report says of changes.
func became(changes []model.Change) []reports.Became {
	list := make([]reports.Became, 0, len(changes))
	for _, c := range changes {
		var b reports.Became
		b.From, b.FromOpTypes = labels(c.From)
		b.To, b.ToOpTypes = labels(c.To)
		list = append(list, b)
	}
	return list
}

func labels(nodes []model.Label) (names, opTypes []string) {
	names, opTypes = make([]string, len(nodes)), make([]string, len(nodes))
	for i, n := range nodes {
		names[i], opTypes[i] = n.Name, n.OpType
	}
	return names, opTypes
}

// freeGrowth is how many bytes the constants of any model may grow by.
const freeGrowth = 64_000_000

// checkGrowth refuses a model whose constants take more than most times the bytes of the original's and [freeGrowth]. A
// weight that many nodes share is one in the file, and after a fold into each of them it is many. Zero is no limit.
func (f *Fused) checkGrowth(most float64) error {
	before, after := f.bytes, model.ConstantBytes(f.model)
	if most == 0 || float64(after) <= most*float64(before)+freeGrowth {
		return nil
	}
	times := math.Ceil(float64(after-freeGrowth) / float64(max(before, 1)))
	return fmt.Errorf("fuse %s: its constants would grow from %s to %s%s; --max-growth %.0f, or max_growth in a configuration, allows it",
		f.source.Path(), human.Bytes(before), human.Bytes(after), f.shared, max(times, 1))
}

// shared tells of the initializer that would grow most if every node that reads it had its own; "" where none is shared.
func shared(m *graph.Model) string {
	most, text := 0, ""
	for g := range m.Graph.All() {
		for v := range g.Initializers() {
			t, uses := v.Data(), v.UseCount()
			if t == nil || (uses-1)*t.ByteSize() <= most {
				continue
			}
			most = (uses - 1) * t.ByteSize()
			text = fmt.Sprintf(", because %d nodes share %q, and a fold into a node gives it one of its own", uses, v.Name())
		}
	}
	return text
}
