package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx"
	"github.com/acdeploy/acdeploy/onnx/mapped"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
)

// Pair opens the original again, beside the fused graph that is still in memory.
func (s *Saved) Pair() func() (*Pair, error) {
	return func() (*Pair, error) {
		path := s.source.file.Path
		original, err := mapped.Open(path)
		if err != nil {
			return nil, err
		}
		return &Pair{
			before: declare(path, original.Model), after: declare(s.doc.Output.Path, s.source.file.Model),
			original: original.Model, fused: s.source.file.Model, algebra: true,
			files: [2]reports.File{s.doc.Input, *s.doc.Output}, close: original.Close,
		}, nil
	}
}

// Files opens two model files. Where the steps make B of A, byte for byte, the pair can be compared in
// real arithmetic; otherwise nobody knows how B came of A.
func Files(ctx context.Context, a, b string, steps []pipeline.Step, opts pipeline.Options) func() (*Pair, error) {
	return func() (*Pair, error) {
		p := &Pair{}
		var open []*Source
		p.close = func() error {
			var errs []error
			for _, s := range open {
				errs = append(errs, s.Close())
			}
			return errors.Join(errs...)
		}
		load := func(path string, file *reports.File) (*graph.Model, backends.Model, error) {
			s, err := Load(path)
			if err != nil {
				return nil, backends.Model{}, err
			}
			open = append(open, s)
			*file, err = s.File()
			return s.Graph(), s.Interface(), err
		}
		var err error
		if p.original, p.before, err = load(a, &p.files[0]); err == nil {
			p.fused, p.after, err = load(b, &p.files[1])
		}
		if err == nil {
			err = p.replay(ctx, open[1], steps, opts, &open)
		}
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		return p, nil
	}
}

// replay runs the steps over the first file again, and takes the graph in memory in place of the second
// file where its bytes are the same.
func (p *Pair) replay(ctx context.Context, b *Source, steps []pipeline.Step, opts pipeline.Options, open *[]*Source) error {
	again, err := Load(p.before.Path)
	if err != nil {
		return err
	}
	*open = append(*open, again)
	if _, err := again.Fuse(ctx, steps, opts); err != nil {
		return err
	}
	same := false
	err = mapped.Guard(func() (err error) {
		same, err = b.holds(again.Graph())
		return err
	})
	if err != nil {
		return fmt.Errorf("compare with %s: %w", b.file.Path, err)
	}
	if same {
		p.fused, p.algebra = again.Graph(), true
	}
	return nil
}

// holds reports whether saving the model would write the very bytes of the source's files.
func (s *Source) holds(m *graph.Model) (bool, error) {
	data := s.External()
	if len(data) > 1 {
		return false, nil
	}
	var o onnx.Options
	if len(data) == 1 {
		o.Location = filepath.Base(data[0])
	}
	layout, err := onnx.NewLayout(m, o)
	if err != nil || layout.Size() != s.file.Size() || (layout.DataSize() > 0) != (len(data) == 1) {
		return false, err
	}
	sum, err := s.digest()
	if err != nil {
		return false, err
	}
	if len(data) == 1 {
		if same, err := osfile.SameBytes(data[0], layout.WriteData); err != nil || !same {
			return false, err
		}
	}
	written, err := osfile.SHA256Of(layout.WriteModel)
	return written == sum, err
}
