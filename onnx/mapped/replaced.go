package mapped

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

const dataSuffix = ".data"

// contentName is the name of the data file of a model at path. It carries the content, so that a model never finds the
// data of another one: m.onnx.0123456789abcdef.data, with the first digits of its SHA-256.
func contentName(path, sum string) string {
	return filepath.Base(path) + "." + sum[:16] + dataSuffix
}

// isNameOf reports whether a data file has a name that models at path give theirs.
func isNameOf(data, path string) bool {
	return filepath.Dir(data) == filepath.Dir(path) &&
		regexp.MustCompile(`^`+regexp.QuoteMeta(filepath.Base(path))+`(\.[0-9a-f]{16})?\.data$`).MatchString(filepath.Base(data))
}

// dataOf are the data files of the model at path; none if there is no model that can be read.
func dataOf(path string) []string {
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := Open(path)
	if err != nil {
		return nil
	}
	paths := f.External()
	_ = f.Close() // nothing was written
	return paths
}

// Remove removes a model, and its data unless that belongs to somebody else. It is no error if there is no such file.
// Source is a file whose data stays, nil for none.
func Remove(path string, source *File) error {
	data := dataOf(path)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return osfile.Cause(err)
	}
	for _, d := range data {
		removeData(d, path, source)
	}
	return nil
}

// removeData removes a data file of the model that was at path. It stays if its name is none that such a model gives, if
// source has it, or if another model next to it names it. A data file that stays hinders nobody.
func removeData(data, path string, source *File) {
	if isNameOf(data, path) && !source.SameFile(data) && !named(filepath.Base(data), path) {
		_ = os.Remove(data)
	}
}

// named reports whether a model in the folder of path, other than the one there, contains the name of a data file, or
// cannot be read.
func named(data, path string) bool {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return true
	}
	for _, e := range entries {
		other := filepath.Join(dir, e.Name())
		if !e.IsDir() && other != filepath.Clean(path) && looksLikeModel(e.Name(), path) && contains(other, data) {
			return true
		}
	}
	return false
}

// looksLikeModel goes by the name of a file: that of a model ends as that at path does, or as most do, or it is a copy such
// as m.onnx.bak.
func looksLikeModel(name, path string) bool {
	ext := strings.ToLower(filepath.Ext(name))
	return strings.HasPrefix(name, filepath.Base(path)) && ext != dataSuffix || ext == ".onnx" || ext == ".pb" || ext == strings.ToLower(filepath.Ext(path))
}

// contains reports whether a file has a text in it, or cannot be read.
func contains(path, text string) bool {
	found := true
	_ = Guard(func() error {
		file, err := os.OpenFile(path, os.O_RDONLY|nonBlocking, 0)
		if err != nil {
			return err
		}
		c, err := load(osfile.Files{}, path, MainPart, file)
		if err != nil {
			return err
		}
		defer func() { _ = c.close() }() // nothing was written
		found = c.contains([]byte(text), releaseSize)
		return nil
	})
	return found
}

// contains looks for a text, and lets the pages of a mapped file go after so many bytes each.
func (c *content) contains(text []byte, step int) bool {
	for at := 0; at < len(c.bytes); at += step {
		if bytes.Contains(c.bytes[at:min(at+step+len(text)-1, len(c.bytes))], text) {
			return true
		}
		if c.mapped {
			releaseFile(c.bytes)
		}
	}
	return false
}
