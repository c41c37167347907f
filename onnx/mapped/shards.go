package mapped

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/onnx"
)

// writeData writes the data, whose names are known only then, and lays out the model that names them.
func (s *Staged) writeData(ctx context.Context, layout *onnx.Layout) (*onnx.Layout, error) {
	files := len(layout.DataSizes())
	if files > 1 && s.options.DataName != "" {
		return nil, fmt.Errorf("there are %d data files, and %q names one; leave the name or the shards out", files, s.options.DataName)
	}
	for i := range files {
		data, err := s.writer(ctx).write(s.path+dataSuffix, func(w io.Writer) error { return layout.WriteData(w, i) })
		if err != nil {
			return nil, err
		}
		s.done += data.Bytes
		if err := s.nameData(&data, s.options.DataName); err != nil {
			return nil, err
		}
		at := slices.IndexFunc(s.saved.Data, func(d Output) bool { return d.Path == data.Path })
		if at < 0 {
			at = len(s.saved.Data)
			s.saved.Data = append(s.saved.Data, data)
		}
		s.shards = append(s.shards, at)
	}
	s.saved.Flushed += layout.Rounding().Flushed
	return s.layOutNamed()
}

// layOutNamed lays out the model that refers to the data by the names that they have.
func (s *Staged) layOutNamed() (*onnx.Layout, error) {
	o := onnx.Options{Shard: s.options.Shard}
	for _, at := range s.shards {
		o.Locations = append(o.Locations, filepath.Base(s.saved.Data[at].Path))
	}
	return onnx.NewLayout(s.model, o)
}

// nameData gives a data file a name, "" for one that carries its content.
func (s *Staged) nameData(data *Output, name string) error {
	if name == "" {
		name = contentName(s.path, data.SHA256)
	}
	if name == filepath.Base(s.path) || name == "." || filepath.Base(name) != name || !filepath.IsLocal(name) {
		return fmt.Errorf("the data file cannot be called %q; give it a name without a folder, other than the model's", name)
	}
	path := filepath.Join(filepath.Dir(s.path), name)
	if err := errors.Join(replaceable(path), s.mayReplace(path, data.SHA256)); err != nil {
		return err
	}
	if err := s.files.Rename(s.staged(data.Path), s.staged(path)); err != nil {
		return err
	}
	data.Path = path
	return nil
}

// mayReplace refuses a data file that is there and is not of the model that is replaced, or that another model has, too. A
// name that carries the content cannot be that of other content.
func (s *Staged) mayReplace(data, sum string) error {
	if _, err := os.Lstat(data); err != nil || isNameOf(data, s.path) && filepath.Base(data) == contentName(s.path, sum) {
		return nil
	}
	own := slices.ContainsFunc(dataOf(s.path), func(path string) bool { return filepath.Clean(path) == filepath.Clean(data) })
	if own && !named(filepath.Base(data), s.path) {
		return nil
	}
	return fmt.Errorf("the data file %s is there and may belong to another model than %s; remove it or choose another name", filepath.Base(data), filepath.Base(s.path))
}

// placeData renames the data to their final names. Undo takes back what was done.
func (s *Staged) placeData() (undo []func(), err error) {
	for i, data := range s.saved.Data {
		back := s.keep(data.Path, i)
		if err := s.files.Rename(s.staged(data.Path), data.Path); err != nil {
			return undo, err
		}
		undo = append(undo, back)
	}
	return undo, nil
}

// keep makes sure that a data file which is going to be replaced can be had back. Undo brings it back, or removes the new
// one if there was none before.
func (s *Staged) keep(path string, number int) (undo func()) {
	if _, err := os.Lstat(path); err != nil {
		return func() { _ = os.Remove(path) }
	}
	kept := filepath.Join(s.folder, fmt.Sprint("replaced", number, dataSuffix))
	if err := os.Link(path, kept); err != nil {
		return func() {} // of the same name and with the same content, if its name carries its content
	}
	return func() { _ = os.Rename(kept, path) }
}
