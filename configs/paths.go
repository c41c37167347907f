package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
)

// The words of path tags.
const (
	inputPath  = "input"  // is read
	outputPath = "output" // is written
)

// Note is what to tell of a configuration that is no fault.
type Note struct {
	Key  string // that it is about
	Text string // a sentence that begins with the key
}

// Notes are what to tell of a configuration, where it is used.
func (c Config) Notes() []Note { return c.notes }

// place makes the paths that the file gives relative to the current directory, as all other paths are. Components place their own, and are
// only shown so.
func (c *Config) place(known Catalogs) {
	if c.src == nil {
		return
	}
	c.placeIn("", reflect.ValueOf(c).Elem())
	for _, list := range [][]Component{c.Passes, c.Enable} {
		for i := range list {
			list[i] = list[i].placed(known.Passes)
		}
	}
	for i, b := range c.Bench.Backends {
		c.Bench.Backends[i].Component = b.placed(known.Backends)
	}
}

// placeIn places the paths of a section.
func (c *Config) placeIn(section string, v reflect.Value) {
	for _, f := range fieldsOf(v) {
		key := join(section, f.Name)
		if isSection(f.Value) {
			c.placeIn(key, f.Value)
			continue
		}
		if f.Path == "" || f.Value.Kind() != reflect.String || c.places[key].src != c.src {
			continue
		}
		written := f.Value.String()
		placed := c.src.place(written)
		if f.Path == inputPath && !f.Executes && placed != written && missing(placed) && !missing(written) {
			c.notes = append(c.notes, Note{key, fmt.Sprintf("%s: %s is not in %s, the folder of the configuration, and is taken from the current directory; write %s, since the next version looks in the former only",
				key, written, filepath.Dir(c.src.name), c.src.seen(written))})
			continue
		}
		f.Value.SetString(placed)
	}
}

// place is a path of the file from where the program runs. One that starts with ~ is the user's, and an address is no path.
func (s *source) place(path string) string {
	if s == nil || s.flag || path == "" || filepath.IsAbs(path) || strings.HasPrefix(path, "~") || strings.Contains(path, "://") {
		return path
	}
	return filepath.Join(filepath.Dir(s.name), path)
}

// seen is a path from where the program runs as the file would write it.
func (s *source) seen(path string) string {
	folder, err := filepath.Abs(filepath.Dir(s.name))
	if err != nil {
		return path
	}
	there, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if relative, err := filepath.Rel(folder, there); err == nil {
		return filepath.ToSlash(relative)
	}
	return there
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
