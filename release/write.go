package release

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/html"
)

// Contents is what a release folder is made of.
type Contents struct {
	Model  string          // path of the fused model, stamped, as it was verified and measured; its data file lies beside it
	Report *reports.Report // of the run that passed
}

// errLocked says that another process writes the folder.
var errLocked = errors.New("another acdeploy is writing it; wait for it, or name another folder")

// Write makes a release folder, in the place of an earlier one. It appears whole or not at all: after an error the earlier one is as it
// was. A folder that holds anything but a release is not touched, and that is an error.
func Write(ctx context.Context, dir string, c Contents) (*Folder, error) {
	f, err := write(ctx, dir, c)
	if err != nil {
		return nil, fmt.Errorf("write release folder %s: %w", dir, err)
	}
	return f, nil
}

func write(ctx context.Context, dir string, c Contents) (*Folder, error) {
	at, err := place(dir)
	if err != nil {
		return nil, err
	}
	unlock, held := osfile.LockName(at)
	if !held {
		return nil, errLocked
	}
	defer unlock()
	osfile.Sweep(filepath.Dir(at))
	if err := replaceable(at); err != nil {
		return nil, err
	}
	folder, release, err := osfile.MakeTempFolder(at)
	if err != nil {
		return nil, osfile.Cause(err)
	}
	defer release()
	defer func() { _ = os.RemoveAll(folder) }() // what is complete has got another name by then
	w := &writer{ctx: ctx, files: osfile.FilesOf(ctx), dir: folder}
	if err := w.all(c); err != nil {
		return nil, err
	}
	if err := osfile.FolderMode(folder, SumsFile, at); err != nil {
		return nil, osfile.Cause(err)
	}
	if err := errors.Join(ctx.Err(), osfile.SyncFolder(folder)); err != nil {
		return nil, err
	}
	if err := replaceFolder(w.files, folder, at); err != nil {
		return nil, osfile.Cause(err)
	}
	f := &Folder{Dir: dir, Files: w.written, Digest: w.digest, Report: c.Report}
	f.Name, f.Alias = named(c.Report)
	return f, osfile.SyncFolder(filepath.Dir(at))
}

// place is where a folder of that name lies, and makes the folder around it. A link stays, and what it leads to is replaced.
func place(dir string) (string, error) {
	at, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(at); err == nil {
		return real, nil
	}
	return at, osfile.Cause(os.MkdirAll(filepath.Dir(at), 0o755))
}

// Replaceable reports whether [Write] could put a release folder in the place of dir: nothing is there, or an empty folder, or a release.
func Replaceable(dir string) error {
	at, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	return replaceable(at)
}

// replaceable refuses what is no release folder: whatever lies in a folder goes when it is replaced.
func replaceable(at string) error {
	entries, err := os.ReadDir(at)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return osfile.Cause(err)
	}
	if len(entries) == 0 {
		return nil
	}
	var known []string
	if sums, _, err := readSums(at); err == nil {
		for _, s := range sums {
			known = append(known, s.Name)
		}
	}
	for _, e := range entries {
		if name := e.Name(); len(known) == 0 || name != SumsFile && !slices.Contains(known, name) && !isSignature(name) || !e.Type().IsRegular() {
			return fmt.Errorf("it holds %s, which is not part of a release and would be lost; name another folder, or an empty one", name)
		}
	}
	return nil
}

// writer writes the files of one folder.
type writer struct {
	ctx     context.Context
	files   osfile.Files
	dir     string
	written []File
	digest  string // of the sums
}

func (w *writer) all(c Contents) error {
	about, err := w.model(c)
	if err != nil {
		return err
	}
	shown := *c.Report
	shown.Path, shown.PagePath = "", "" // where the run keeps it is nobody's business here
	about.report = &shown
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{ReportFile, func(to io.Writer) error { return reports.JSON(to, &shown) }},
		{PageFile, func(to io.Writer) error { return html.Format{}.Write(reports.Output{Writer: to}, &shown) }},
		{CardFile, about.card},
		{ProvenanceFile, about.provenance},
		{EquivalenceFile, about.equivalence},
		{BOMFile, about.bom},
	} {
		if err := w.file(f.name, f.write); err != nil {
			return err
		}
	}
	return w.sums()
}

// model copies the model with its data, byte for byte, and reads the copy.
func (w *writer) model(c Contents) (*facts, error) {
	source, err := model.Open(c.Model)
	if err != nil {
		return nil, err
	}
	data := slices.Sorted(slices.Values(source.External()))
	if err := source.Close(); err != nil {
		return nil, err
	}
	for i, path := range append([]string{c.Model}, data...) {
		name := ModelFile
		if i > 0 {
			if name = filepath.Base(path); filepath.Dir(path) != filepath.Dir(c.Model) || !isDataName(name) {
				return nil, fmt.Errorf("the data file %s does not lie beside the model under a name of its own", path)
			}
		}
		if err := w.file(name, func(to io.Writer) error { return osfile.Copy(to, path) }); err != nil {
			return nil, err
		}
	}
	return w.read(c.Report)
}

// isDataName reports whether a data file may have a name: one that nothing else in a release folder has.
func isDataName(name string) bool {
	return plainName(name) && name != SumsFile && !slices.Contains(required(), name) && !isSignature(name)
}

// read is what is known of the copied model. It has to be the one that the report is about.
func (w *writer) read(r *reports.Report) (*facts, error) {
	f, err := readModel(filepath.Join(w.dir, ModelFile))
	if err != nil {
		return nil, err
	}
	switch {
	case r.Conclusion == nil || !r.Conclusion.Passed:
		return nil, errors.New("the run did not pass, so there is nothing to release")
	case r.Fuse == nil || r.Fuse.Output == nil || r.Fuse.Output.ModelSHA256 != f.digest.ModelSHA256:
		return nil, errors.New("the report is about another model than the one that is to be released")
	}
	f.parts = slices.Clone(w.written)
	f.name, f.alias = named(r)
	f.env, f.sha256 = os.Getenv, w.sha256
	return f, nil
}

// sha256 is the digest of a file that was written.
func (w *writer) sha256(name string) string {
	for _, f := range w.written {
		if f.Name == name {
			return f.SHA256
		}
	}
	return ""
}

// file writes one file and notes its digest.
func (w *writer) file(name string, write func(io.Writer) error) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	file, err := w.files.Create(filepath.Join(w.dir, name))
	if err != nil {
		return fmt.Errorf("%s: %w", name, osfile.Cause(err))
	}
	hash := sha256.New()
	size := &counter{w: io.MultiWriter(w.files.Writer(file), hash)}
	whole := bufio.NewWriterSize(size, 1<<20)
	err = write(whole)
	if err == nil {
		err = whole.Flush() // with the first error of writing, whoever swallowed it
	}
	if err == nil {
		err = w.files.Sync(file)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, osfile.Cause(err))
	}
	w.written = append(w.written, File{Name: name, SHA256: hex.EncodeToString(hash.Sum(nil)), Bytes: size.n})
	return nil
}

// sums writes the list of the files, which is not in it.
func (w *writer) sums() error {
	slices.SortFunc(w.written, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	lines := make([]sum, len(w.written))
	for i, f := range w.written {
		lines[i] = sum{Name: f.Name, SHA256: f.SHA256}
	}
	text := formatSums(lines)
	files := w.written
	err := w.file(SumsFile, func(to io.Writer) error {
		_, err := to.Write(text)
		return err
	})
	w.written, w.digest = files, osfile.SHA256Bytes(text)
	return err
}

// counter counts the bytes that are written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
