// Package layout lays a release folder out where other programs look for models: each target is a form of files.
//
//	Folder ─┬─▶ Triton       a model repository: NAME/config.pbtxt, NAME/VERSION/model.onnx
//	        ├─▶ KServe       an InferenceService, as YAML
//	        ├─▶ HuggingFace  a folder to push to the hub
//	        └─▶ Dir          a copy
//
// Files are written aside, flushed, and renamed when all of them are there. So nobody sees half of a model. The same folder again
// changes nothing.
package layout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/release"
)

// all are the names of the files of a folder: those that the sums list, the signatures, and the sums.
func all(f *release.Folder) []string {
	var names []string
	for _, file := range f.Files {
		names = append(names, file.Name)
	}
	return append(append(names, f.Signatures()...), release.SumsFile)
}

// modelOf are the names of the files of the model, itself first, and its signature.
func modelOf(f *release.Folder) (names []string, s model.Signature, err error) {
	m, err := model.Open(filepath.Join(f.Dir, release.ModelFile))
	if err != nil {
		return nil, s, err
	}
	names, s = []string{release.ModelFile}, m.Signature()
	for _, data := range m.External() {
		name, err := filepath.Rel(f.Dir, data)
		if err != nil || !filepath.IsLocal(name) {
			return nil, s, errors.Join(fmt.Errorf("the data file %s of the model is not in the release folder", data), m.Close())
		}
		names = append(names, filepath.ToSlash(name))
	}
	return names, s, m.Close()
}

// registered is the name of the model; an error where the release has none.
func registered(f *release.Folder) (string, error) {
	if f.Name == "" {
		return "", errors.New("the release has no name; release_name in the configuration gives it one")
	}
	return f.Name, nil
}

// copyFile writes a file of a release folder, with the digest that the folder gives for it.
func copyFile(ctx context.Context, f *release.Folder, name, to string) error {
	from := filepath.Join(f.Dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return osfile.Cause(err)
	}
	err := writeFile(ctx, to, func(w io.Writer) error { return osfile.Copy(w, from) })
	if err != nil {
		return err
	}
	want, known := digestOf(f, name)
	if !known {
		return nil
	}
	got, err := osfile.SHA256(to)
	if err == nil && got != want {
		return fmt.Errorf("%s changed while it was copied: its digest is %s, and %s says %s", from, got, release.SumsFile, want)
	}
	return err
}

func digestOf(f *release.Folder, name string) (string, bool) {
	if name == release.SumsFile {
		return f.Digest, true
	}
	for _, file := range f.Files {
		if file.Name == name {
			return file.SHA256, true
		}
	}
	sum, err := osfile.SHA256(filepath.Join(f.Dir, filepath.FromSlash(name))) // of a signature, which nothing lists
	return sum, err == nil
}

// writeFile writes a new file and flushes it to the disk.
func writeFile(ctx context.Context, path string, write func(io.Writer) error) error {
	files := osfile.FilesOf(ctx)
	file, err := files.Create(path)
	if err != nil {
		return err
	}
	err = cmp.Or(ctx.Err(), write(files.Writer(file)))
	if err == nil {
		err = files.Sync(file)
	}
	return errors.Join(err, file.Close())
}

// aside fills a folder beside path and gives it that name, which nobody may have: whole, or not at all.
func aside(ctx context.Context, path string, fill func(folder string) error) error {
	osfile.Sweep(filepath.Dir(path))
	folder, unlock, err := osfile.MakeTempFolder(path)
	if err != nil {
		return osfile.Cause(err)
	}
	defer unlock()
	err = fill(folder)
	if err == nil {
		err = os.Chmod(folder, 0o755)
	}
	if err == nil {
		err = osfile.SyncFolder(folder)
	}
	if err == nil {
		err = osfile.FilesOf(ctx).Rename(folder, path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(folder))
	}
	return osfile.SyncFolder(filepath.Dir(path))
}

// holds reports whether a folder has these files of a release folder.
func holds(dir string, f *release.Folder, names []string) (bool, error) {
	for _, name := range names {
		got, err := osfile.SHA256(filepath.Join(dir, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if want, _ := digestOf(f, name); got != want {
			return false, nil
		}
	}
	return true, nil
}

// entries are the names in a folder without those of temporary files; none where there is no folder.
func entries(dir string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, osfile.Cause(err)
	}
	left := osfile.LeftOver(dir)
	var names []string
	for _, e := range list {
		if !slices.Contains(left, filepath.Join(dir, e.Name())) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// makeParent makes the folder that path is to be in.
func makeParent(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return osfile.Cause(err)
	}
	return nil
}

// failed says what could not be done.
func failed(target string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("publish to %s: %w", human.Printable(target), err)
}
