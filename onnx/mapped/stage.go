package mapped

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx"
)

// Staged is a model that is written in whole and can be opened, but has not got its name yet. Its files lie in a
// hidden folder next to their final place, under their final names: so the model finds its data in both.
type Staged struct {
	path    string // the final one
	folder  string // where the files are
	model   *graph.Model
	options Options
	saved   Saved // with the final paths
}

// Stage writes a model that may become the file path. [Staged.Commit], [Staged.CommitAs] or [Staged.Discard] ends
// it; after an error nothing is left.
func Stage(ctx context.Context, path string, m *graph.Model, o Options) (*Staged, error) {
	s := &Staged{path: path, model: m, options: o}
	if err := Guard(func() error { return s.write(ctx) }); err != nil {
		return nil, s.failed(err)
	}
	return s, nil
}

// Path is where the model's file lies until it gets its name.
func (s *Staged) Path() string { return filepath.Join(s.folder, filepath.Base(s.path)) }

// Saved says what was written, with the paths that a commit gives it.
func (s *Staged) Saved() Saved { return s.saved }

func (s *Staged) write(ctx context.Context) error {
	layout, external, err := layOut(s.path, s.model, s.options)
	if err != nil {
		return err
	}
	if err := replaceable(s.path); err != nil {
		return err
	}
	if external {
		err = replaceable(DataPath(s.path))
	}
	if err != nil {
		return err
	}
	dir, base := filepath.Split(s.path)
	if s.folder, err = os.MkdirTemp(filepath.Clean(dir), "."+base+".*.tmp"); err != nil {
		return err
	}
	w := writer{ctx: ctx, folder: s.folder, release: s.options.Source.release}
	if external {
		data, err := w.write(DataPath(s.path), layout.WriteData)
		if err != nil {
			return err
		}
		s.saved.Data = &data
	}
	if s.saved.Output, err = w.write(s.path, layout.WriteModel); err != nil {
		return err
	}
	s.saved.Flushed = layout.Rounding().Flushed
	return nil
}

// replaceable refuses to put a file in the place of something that is none.
func replaceable(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s exists and is not a regular file", filepath.Base(path))
	}
	return nil
}

// Commit gives the files their names, the data first.
func (s *Staged) Commit() (Saved, error) {
	if err := s.place(); err != nil {
		return Saved{}, s.failed(err)
	}
	return s.saved, nil
}

// CommitAs gives the files other names than those that they were written for. A model that has a data file is
// written again, since it names that file; the data stays as it is.
func (s *Staged) CommitAs(ctx context.Context, path string) (Saved, error) {
	err := Guard(func() error { return s.rename(ctx, path) })
	if err != nil {
		return Saved{}, s.failed(err)
	}
	return s.Commit()
}

func (s *Staged) rename(ctx context.Context, path string) error {
	if err := replaceable(path); err != nil {
		return err
	}
	from := s.Path()
	s.path = path
	if s.saved.Data == nil {
		s.saved.Path = path
		return os.Rename(from, s.Path())
	}
	data := DataPath(path)
	if err := replaceable(data); err != nil {
		return err
	}
	if err := os.Rename(s.staged(s.saved.Data.Path), s.staged(data)); err != nil {
		return err
	}
	s.saved.Data.Path = data
	layout, err := onnx.NewLayout(s.model, onnx.Options{Location: filepath.Base(data)})
	if err != nil {
		return err
	}
	w := writer{ctx: ctx, folder: s.folder, release: s.options.Source.release}
	s.saved.Output, err = w.write(path, layout.WriteModel)
	return errors.Join(err, os.Remove(from))
}

// staged is where the file of a final path lies.
func (s *Staged) staged(path string) string { return filepath.Join(s.folder, filepath.Base(path)) }

// place renames the files to their final names. When the model's file cannot be, its data goes again.
func (s *Staged) place() error {
	data := s.saved.Data
	if data != nil {
		if err := os.Rename(s.staged(data.Path), data.Path); err != nil {
			return err
		}
	}
	if err := os.Rename(s.Path(), s.path); err != nil {
		if data != nil {
			_ = os.Remove(data.Path) // the error that led here says more
		}
		return err
	}
	return errors.Join(os.RemoveAll(s.folder), osfile.SyncFolder(filepath.Dir(s.path)))
}

// Discard removes the files.
func (s *Staged) Discard() error {
	if err := os.RemoveAll(s.folder); err != nil {
		return fmt.Errorf("remove %s: %w", s.folder, osfile.Cause(err))
	}
	return nil
}

// failed removes what an error leaves, and says of which model it is.
func (s *Staged) failed(err error) error {
	if s.folder != "" {
		_ = os.RemoveAll(s.folder) // the error that led here says more
	}
	return fmt.Errorf("write model %s: %w", s.path, osfile.Cause(err))
}
