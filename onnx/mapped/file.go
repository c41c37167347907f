// Package mapped opens model files as mapped bytes and saves models.
//
// [Open] maps a model and its external data, so that reading a model costs no copy of its weights;
// where a file cannot be mapped it is read. [Save] writes next to the final place and renames, so that
// a file is there whole or not at all. The name of a data file carries its content: a model never finds the data of
// another one, and the rename of the model's file alone commits both.
//
// A mapped file that somebody truncates meanwhile makes the next read of the lost pages fault. [Guard]
// turns that into an error; everything that reads tensors of an open file should run in one.
package mapped

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/onnx"
)

// File is an open model. The tensors of Model lie in the mapped files: they must not be used after Close.
type File struct {
	Path  string       // as it was given
	Model *graph.Model // what is in it

	on   osfile.Files
	main *content
	data []*content // in the order in which the model named them

	touched atomic.Int64 // bytes of tensors that were read
}

// tries bounds how often a model is opened anew because it was replaced meanwhile.
const tries = 5

// Open maps and decodes the model at path. External data has to be named in the model's folder or below. After links are followed it has to
// lie there, or in the folder where the model's own links lead, or below. An error leaves nothing open.
func Open(path string) (*File, error) {
	return openBy(osfile.Files{}, path, func(*content) error { return nil })
}

// OpenHashed is [Open] for who is going to ask for [File.Digests]. That of the model's file is begun before the model is decoded: what the disk
// gives for the one is there for the other. The end of the context ends the reading, and nothing once the file is open. The context says
// what faults the files have.
func OpenHashed(ctx context.Context, path string) (*File, error) {
	return openBy(osfile.FilesOf(ctx), path, func(main *content) error {
		main.beginDigest(context.WithoutCancel(ctx))
		return main.readAhead(ctx)
	})
}

// openBy opens a model. Begin gets its file before that is decoded.
func openBy(files osfile.Files, path string, begin func(main *content) error) (*File, error) {
	for try := 1; ; try++ {
		f := &File{Path: path, on: files}
		err := Guard(func() error { return f.open(begin) })
		if err == nil {
			return f, nil
		}
		replaced := f.replaced() // its data may have gone with the file that is no longer there
		err = errors.Join(fmt.Errorf("read model %s: %w", path, err), f.Close())
		if !replaced || try == tries {
			return nil, err
		}
	}
}

// replaced reports whether the file of that name is another one by now.
func (f *File) replaced() bool {
	if f.main == nil {
		return false
	}
	info, err := os.Stat(f.Path)
	return err == nil && !os.SameFile(info, f.main.info)
}

func (f *File) open(begin func(main *content) error) error {
	file, err := os.OpenFile(f.Path, os.O_RDONLY|nonBlocking, 0)
	if err != nil {
		return osfile.Cause(err)
	}
	if f.main, err = load(f.on, f.Path, MainPart, file); err != nil {
		return err
	}
	if err := begin(f.main); err != nil {
		return err
	}
	f.Model, err = onnx.DecodeWatched(f.main.bytes, f.openData, f.read)
	f.release()
	return err
}

// openData opens a file of external data by the location that the model gives.
func (f *File) openData(location string) ([]byte, error) {
	local := filepath.FromSlash(location)
	if !filepath.IsLocal(local) {
		return nil, errors.New("the file is outside the folder of the model")
	}
	file, err := osfile.OpenBeside(f.Path, local, nonBlocking)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the file is absent; copy it next to the model")
	}
	if err != nil {
		return nil, fmt.Errorf("the file cannot be opened in the folder of the model: %w", osfile.Cause(err))
	}
	c, err := load(f.on, filepath.Join(filepath.Dir(f.Path), local), location, file)
	if err != nil {
		return nil, err
	}
	f.data = append(f.data, c)
	return c.bytes, nil
}

// Close unmaps the files.
func (f *File) Close() error {
	var errs []error
	for _, c := range f.files() {
		errs = append(errs, c.close())
	}
	f.main, f.data, f.Model = nil, nil, nil
	return errors.Join(errs...)
}

func (f *File) files() []*content {
	if f == nil || f.main == nil {
		return nil
	}
	return append([]*content{f.main}, f.data...)
}

// Size is the number of bytes of the model's file, external data not counted.
func (f *File) Size() int64 { return f.main.info.Size() }

// External are the paths of the files with external data.
func (f *File) External() []string {
	var paths []string
	for _, c := range f.data {
		paths = append(paths, c.path)
	}
	return paths
}

const (
	touchedMost = 16 << 20  // bytes that are read before their pages are let go
	around      = 256 << 10 // counts as read at least: the system maps what lies around a byte, up to 2 MB where it keeps a file in large pages
)

// read is told of bytes of tensors that were read. So no more of the files stays in memory than is read at a time.
func (f *File) read(bytes int) {
	bytes = max(bytes, around)
	if n := f.touched.Add(int64(bytes)); n/touchedMost != (n-int64(bytes))/touchedMost {
		f.release()
	}
}

// release gives the memory of mapped pages back until they are read again.
func (f *File) release() {
	for _, c := range f.files() {
		if c.mapped {
			releaseFile(c.bytes)
		}
	}
}

// SameFile reports whether path names the model or one of its data files, by whatever name or link.
func (f *File) SameFile(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	for _, c := range f.files() {
		if os.SameFile(info, c.info) {
			return true
		}
	}
	return false
}

// MainPart is how a list of the digests of a model's files names the model's own.
const MainPart = "model"

// Digests are the SHA-256 of the model's file, as [MainPart], and of its data files by their locations, sorted. It
// reads the files, not the mappings. If one of them changed since it was opened, that is an error.
func (f *File) Digests(ctx context.Context) ([]osfile.Part, error) {
	var parts []osfile.Part
	for _, c := range f.files() {
		sum, err := c.digestOf(ctx)
		if err != nil {
			return nil, fmt.Errorf("hash model %s: %w", c.path, osfile.Cause(err))
		}
		parts = append(parts, osfile.Part{Name: c.location, SHA256: sum})
	}
	slices.SortFunc(parts[1:], func(a, b osfile.Part) int { return strings.Compare(a.Name, b.Name) })
	return parts, f.Unchanged()
}

// Bytes is the size of the model's file and its external data.
func (f *File) Bytes() int64 {
	var sum int64
	for _, c := range f.files() {
		sum += c.info.Size()
	}
	return sum
}

// content is an open file with its bytes.
type content struct {
	path     string
	location string // by which the model names it; of the model itself [MainPart]
	file     *os.File
	info     fs.FileInfo
	bytes    []byte
	mapped   bool
	begun    func() (string, error) // waits for the digest; nil where nobody began it
	stop     func()                 // ends that
}

// beginDigest has the digest computed from now on, until it is there, or the context ends, or the file is closed.
func (c *content) beginDigest(ctx context.Context) {
	ctx, c.stop = context.WithCancel(ctx)
	c.begun = sync.OnceValues(func() (string, error) { return c.digest(ctx) })
	go func() { _, _ = c.begun() }() // who asks for it gets its error
}

func (c *content) digestOf(ctx context.Context) (string, error) {
	if c.begun != nil {
		return c.begun()
	}
	return c.digest(ctx)
}

func (c *content) digest(ctx context.Context) (string, error) {
	return osfile.SHA256Of(func(w io.Writer) error {
		n, err := io.CopyBuffer(w, pieces{ctx, io.NewSectionReader(c.file, 0, c.info.Size())}, make([]byte, 1<<18))
		if err == nil && n != c.info.Size() {
			err = errTruncated
		}
		return err
	})
}

// pieces reads until a context ends.
type pieces struct {
	ctx context.Context
	io.Reader
}

func (p pieces) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.Reader.Read(b)
}

// load maps a file that has just been opened, or reads it where it cannot be mapped. It closes the
// file when it fails.
func load(files osfile.Files, path, location string, file *os.File) (*content, error) {
	c := &content{path: path, location: location, file: file}
	if err := c.load(files); err != nil {
		return nil, errors.Join(osfile.Cause(err), file.Close())
	}
	return c, nil
}

func (c *content) load(files osfile.Files) error {
	var err error
	if c.info, err = c.file.Stat(); err != nil {
		return err
	}
	switch mode := c.info.Mode(); {
	case mode.IsDir():
		return errors.New("this is a directory")
	case !mode.IsRegular():
		return errors.New("this is not a regular file")
	case c.info.Size() != int64(int(c.info.Size())):
		return fmt.Errorf("%d bytes are too many for this machine", c.info.Size())
	case c.info.Size() == 0:
		return nil
	}
	size := int(c.info.Size())
	settle(c.info)
	if files.Before(osfile.OpMap, c.path) == nil {
		if c.bytes, err = mapFile(c.file, size); err == nil {
			c.mapped = true
			return nil
		}
	}
	c.bytes = make([]byte, size)
	_, err = io.ReadFull(io.NewSectionReader(c.file, 0, int64(size)), c.bytes)
	return err
}

func (c *content) close() error {
	if c.begun != nil {
		c.stop()
		_, _ = c.begun() // it must not read a closed file
	}
	var err error
	if c.mapped {
		err = unmapFile(c.bytes)
	}
	return errors.Join(err, c.file.Close())
}
