package mapped

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx"
)

// errHeld says that another process has the lock of a model's name.
var errHeld = errors.New("another acdeploy is writing it; wait for it, or name another file")

// Staged is a model that is written in whole and can be opened, but has not got its name yet. Its files lie in a
// hidden folder next to their final place, under their final names: so the model finds its data in both. Nobody else
// can write a model of the same name meanwhile.
type Staged struct {
	path    string // the final one
	folder  string // where the files are
	model   *graph.Model
	options Options
	files   osfile.Files
	saved   Saved    // with the final paths
	shards  []int    // which of the saved data files each of the layout is: two with the same content are one
	total   int64    // bytes of all files, about
	done    int64    // bytes of those that are written
	unlock  []func() // the locks of the names and of the folder
}

// Stage writes a model that may become the file path. [Staged.Commit], [Staged.CommitAs] or [Staged.Discard] ends
// it; after an error nothing is left. What killed processes left in the folder of path is removed.
func Stage(ctx context.Context, path string, m *graph.Model, o Options) (*Staged, error) {
	s := &Staged{path: path, model: m, options: o, files: osfile.FilesOf(ctx)}
	if err := Guard(func() error { return s.write(ctx) }); err != nil {
		return nil, s.failed(err)
	}
	return s, nil
}

// Path is where the model's file lies until it gets its name.
func (s *Staged) Path() string { return s.staged(s.path) }

// Saved says what was written, with the paths that a commit gives it.
func (s *Staged) Saved() Saved { return s.saved }

func (s *Staged) write(ctx context.Context) error {
	layout, external, err := layOut(s.model, s.options)
	if err != nil {
		return err
	}
	if err := s.take(s.path); err != nil {
		return err
	}
	osfile.Sweep(filepath.Dir(s.path))
	folder, unlock, err := osfile.MakeTempFolder(s.path)
	if err != nil {
		return err
	}
	s.folder, s.unlock = folder, append(s.unlock, unlock)
	s.total = layout.Size()
	for _, size := range layout.DataSizes() {
		s.total += size
	}
	if external {
		if layout, err = s.writeData(ctx, layout); err != nil {
			return err
		}
	}
	return s.writeModel(ctx, layout)
}

// take takes the lock of a name, if a file may get it.
func (s *Staged) take(path string) error {
	if err := replaceable(path); err != nil {
		return err
	}
	unlock, held := osfile.LockName(path)
	if !held {
		return errHeld
	}
	s.unlock = append(s.unlock, unlock)
	return nil
}

func (s *Staged) writeModel(ctx context.Context, layout *onnx.Layout) error {
	var err error
	s.saved.Output, err = s.writer(ctx).write(s.path, layout.WriteModel)
	s.saved.Flushed += layout.Rounding().Flushed
	return err
}

// writer writes into the folder of what is staged, files with the permissions of the model that they replace.
func (s *Staged) writer(ctx context.Context) writer {
	return writer{
		ctx: ctx, files: s.files, folder: s.folder, like: s.path, release: s.options.Source.release,
		told: s.told, note: s.note,
	}
}

// told tells how much is written, with so many bytes of the file that is being written.
func (s *Staged) told(written int64) {
	if s.options.Written != nil {
		s.options.Written(min(s.done+written, s.total), s.total)
	}
}

// note keeps a sentence, once for all files.
func (s *Staged) note(text string) {
	if !slices.Contains(s.saved.Notes, text) {
		s.saved.Notes = append(s.saved.Notes, text)
	}
}

// replaceable refuses to put a file in the place of something that is none.
func replaceable(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s exists and is not a regular file", filepath.Base(path))
	}
	return nil
}

// Commit gives the files their names, the data first: the model is there with its new content from the moment on at
// which its own file has its name. The data file of the model that it replaces goes, unless it belongs to somebody else.
// So do those that killed writers of that name left.
// If the source changed since it was opened, nothing is committed.
func (s *Staged) Commit() (Saved, error) {
	err := s.options.Source.Unchanged()
	if err == nil {
		err = s.place()
	}
	if err != nil {
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
	if err := s.take(path); err != nil {
		return err
	}
	from := s.Path()
	s.path = path
	if len(s.saved.Data) == 0 {
		s.saved.Path = path
		return s.files.Rename(from, s.Path())
	}
	for i := range s.saved.Data {
		if err := s.nameData(&s.saved.Data[i], ""); err != nil {
			return err
		}
	}
	layout, err := s.layOutNamed()
	if err != nil {
		return err
	}
	flushed := s.saved.Flushed
	err = s.writeModel(ctx, layout)
	s.saved.Flushed = flushed // it was counted before
	return errors.Join(err, os.Remove(from))
}

// staged is where the file of a final path lies.
func (s *Staged) staged(path string) string { return filepath.Join(s.folder, filepath.Base(path)) }

// place renames the files to their final names. When the model's file cannot be, its data is as it was before.
func (s *Staged) place() error {
	old := dataOf(s.path)
	undo, err := s.placeData()
	if err == nil {
		err = s.files.Rename(s.Path(), s.path)
	}
	if err != nil {
		for _, back := range slices.Backward(undo) {
			back()
		}
		return err
	}
	dir := filepath.Dir(s.path)
	_ = osfile.SyncFolder(dir) // the files are there, whether or not their names are on the disk yet
	for _, path := range old {
		if !slices.ContainsFunc(s.saved.Data, func(d Output) bool { return d.Path == path }) {
			removeData(path, s.path, s.options.Source)
		}
	}
	s.sweepData()
	_ = s.Discard() // what stays of the empty folder is swept later
	return nil
}

// Discard removes the files.
func (s *Staged) Discard() error {
	err := os.RemoveAll(s.folder)
	for _, unlock := range s.unlock {
		unlock()
	}
	s.unlock = nil
	if err != nil {
		return fmt.Errorf("remove %s: %w", s.folder, osfile.Cause(err))
	}
	return nil
}

// failed removes what an error leaves, and says of which model it is.
func (s *Staged) failed(err error) error {
	_ = s.Discard() // the error that led here says more
	return fmt.Errorf("write model %s: %w", s.path, osfile.Cause(err))
}
