package reports

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
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// FileName is the name of a report in its directory.
const FileName = "report.json"

// PageName is the name of the page beside it.
const PageName = "report.html"

// UnitsPath is where a measurement keeps its units in the folder of the report until the report holds them.
func UnitsPath(dir string) string { return filepath.Join(dir, "units.jsonl") }

// errLocked says that another process has the directory.
var errLocked = errors.New("another acdeploy is writing there; wait for it, or name another directory")

// Folder is a directory of a report that this process has for itself until [Folder.Release].
type Folder struct {
	dir     string
	files   osfile.Files
	unlock  func() error
	earlier earlier
	page    fs.FileMode // the permissions of the earlier page, 0 for none
}

// earlier is the report of an earlier run that was moved aside.
type earlier struct {
	path     string // "" for none
	measured bool   // it holds measurements, which took minutes
	mode     fs.FileMode
}

// Claim keeps other processes from writing a report into the directory, which it makes where there is none. The
// report of an earlier run is moved aside: a run that ends early leaves no old result in its place.
func Claim(dir string) (*Folder, error) { return ClaimOn(context.Background(), dir) }

// ClaimOn is [Claim] with the faults of a context; see [osfile.WithFaults].
func ClaimOn(ctx context.Context, dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write report into %s: %w", dir, osfile.Cause(err))
	}
	unlock, held, err := osfile.TryLockFolder(dir)
	if err == nil && !held {
		err = errLocked
	}
	if err != nil {
		return nil, fmt.Errorf("write report into %s: %w", dir, err)
	}
	osfile.Sweep(dir)
	f := &Folder{dir: dir, files: osfile.FilesOf(ctx), unlock: unlock}
	if f.earlier, err = f.moveAside(filepath.Join(dir, FileName)); err != nil {
		return nil, errors.Join(err, unlock())
	}
	if f.page, err = removePage(dir); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return f, nil
}

// CheckFolder is the error that [Claim] and writing into the directory would meet; it leaves nothing behind.
func CheckFolder(dir string) error {
	made := osfile.MissingFolders(dir)
	defer osfile.RemoveEmpty(made)
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		var file *os.File
		if file, err = os.CreateTemp(dir, ".acdeploy-"); err == nil {
			err = errors.Join(file.Close(), os.Remove(file.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("write report into %s: %w", dir, osfile.Cause(err))
	}
	return nil
}

// removePage removes a page, which can be made again of its report, and returns its permissions; 0 if there was none.
func removePage(dir string) (fs.FileMode, error) {
	path := filepath.Join(dir, PageName)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return 0, nil //nolint:nilerr // What cannot be seen cannot be removed; writing the new page says why.
	}
	if err := os.Remove(path); err != nil {
		return 0, fmt.Errorf("remove the page %s: %w", path, osfile.Cause(err))
	}
	return info.Mode().Perm(), nil
}

// WritePage puts the report into the directory once more, in the format of a page and with the permissions of the
// earlier page. The report then knows its PagePath.
func (f *Folder) WritePage(r *Report, page Format) error {
	path := filepath.Join(f.dir, PageName)
	r.PagePath = ""
	if _, err := f.files.Replace(path, func(w io.Writer) error { return page.Write(Output{Writer: w}, r) }); err != nil {
		return fmt.Errorf("write page %s: %w", path, err)
	}
	if f.page != 0 {
		_ = os.Chmod(path, f.page) // a page with other permissions is better than none
		f.page = 0
	}
	r.PagePath = path
	return nil
}

// Replaces reports whether the report of an earlier run was moved aside.
func (f *Folder) Replaces() bool { return f.earlier.path != "" }

// Release lets other processes have the directory.
func (f *Folder) Release() error { return f.unlock() }

// Write puts the report of this run into the directory, with the permissions of the earlier one. It takes the place of
// the earlier one, which goes away. Only measurements do not give way to a report without any: kept is where they are
// then, otherwise "".
func (f *Folder) Write(r *Report) (kept string, err error) {
	if err := r.write(f.files, f.dir); err != nil {
		return "", err
	}
	old := f.earlier
	f.earlier = earlier{}
	if old.path == "" {
		return "", nil
	}
	_ = os.Chmod(r.Path, old.mode) // a report with other permissions is better than none
	if old.measured && !r.Measured() {
		return old.path, nil
	}
	if err := os.Remove(old.path); err != nil {
		return "", fmt.Errorf("remove the earlier report %s: %w", old.path, osfile.Cause(err))
	}
	return "", nil
}

// Copy writes the report in more formats into the directory, each into a file of its own. One that cannot be written keeps none of the
// others from it.
func (f *Folder) Copy(r *Report, formats catalog.Catalog[Format], names []string) error {
	return f.each(formats, names, func(path string, format Format) error {
		_, err := f.files.Replace(path, func(w io.Writer) error { return format.Write(Output{Writer: w}, r) })
		return err
	})
}

// Forget removes the page and what [Folder.Copy] wrote, so that nothing takes it for what it is not: that of an earlier run for the report of
// one that ends early, or that of a report that could not be written.
func (f *Folder) Forget(formats catalog.Catalog[Format], names []string) error {
	_, err := removePage(f.dir)
	return errors.Join(err, f.each(formats, names, func(path string, _ Format) error {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return osfile.Cause(err)
		}
		return nil
	}))
}

// each visits the files of formats. Those that are always written, the report itself and its page, are left alone; so is a format that there
// is not.
func (f *Folder) each(formats catalog.Catalog[Format], names []string, visit func(path string, format Format) error) error {
	var errs []error
	for _, name := range names {
		name = formats.Canonical(name)
		format, err := formats.Make(name, nil)
		if err != nil {
			continue
		}
		file := fileOf(name, format)
		if file == FileName || file == PageName {
			continue
		}
		path := filepath.Join(f.dir, file)
		if err := visit(path, format); err != nil {
			errs = append(errs, fmt.Errorf("write report %s: %w", path, err))
		}
	}
	return errors.Join(errs...)
}

// moveAside gives the report of an earlier run a name that tells when that was.
func (f *Folder) moveAside(path string) (earlier, error) {
	info, err := os.Lstat(path)
	if err != nil || info.IsDir() {
		return earlier{}, nil //nolint:nilerr // What cannot be seen cannot be moved; writing the new report says why.
	}
	old, started := earlier{mode: info.Mode().Perm()}, ""
	if info.Mode().IsRegular() {
		if r, err := Read(path); err == nil {
			old.measured, started = r.Measured(), r.Started
		}
	}
	old.path, err = vacant(strings.TrimSuffix(path, ".json") + "-" + moment(started))
	if err == nil {
		err = f.files.Rename(path, old.path)
	}
	if err != nil {
		return earlier{}, fmt.Errorf("move the earlier report %s aside: %w", path, osfile.Cause(err))
	}
	return old, nil
}

// moment writes a time so that it fits into the name of a file.
func moment(started string) string {
	at, err := time.Parse(time.RFC3339, started)
	if err != nil {
		return "earlier"
	}
	return at.UTC().Format("20060102T150405Z")
}

// vacant is the first name of a JSON file that nothing has yet.
func vacant(stem string) (string, error) {
	path := stem + ".json"
	for n := 2; ; n++ {
		_, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return path, nil
		}
		if err != nil {
			return "", err
		}
		path = fmt.Sprintf("%s-%d.json", stem, n)
	}
}

// exitUnfinished is the exit code in a report whose run came to no end: that of an interruption.
const exitUnfinished = 130

// WriteUnfinished puts what a run has so far into the directory, as the report of a run that came to no end: it is what remains if the
// process is killed. It began at started, as RFC 3339. The report of an earlier run stays where it was moved.
func (f *Folder) WriteUnfinished(r *Report, started string) error {
	r.Conclusion = unfinished()
	r.Conclusion.Started = started
	r.Conclude()
	return r.write(f.files, f.dir)
}

func unfinished() *Conclusion {
	return &Conclusion{ExitCode: exitUnfinished, Reasons: []Reason{{
		Code: ReasonUnfinished, Text: "the run was killed, is not over yet, or could not write its report: this is what it had done",
	}}}
}

// Unfinished reports whether the run of the report was killed, or is not over yet.
func (r *Report) Unfinished() bool {
	return r.Conclusion != nil && slices.ContainsFunc(r.Conclusion.Reasons, func(x Reason) bool { return x.Code == ReasonUnfinished })
}

// ReadFolder reads the report in a directory. If its run was killed, it has the units that were measured by then; so it has where the
// report itself is cut off or not there, and nothing else then.
func ReadFolder(dir string) (*Report, error) {
	path, units := filepath.Join(dir, FileName), UnitsPath(dir)
	r, err := ReadPart(path)
	if err == nil && !r.Unfinished() {
		return r, nil
	}
	rec, lost := bench.ReadKept(units)
	switch {
	case err == nil && errors.Is(lost, fs.ErrNotExist):
		return r, nil // it did not come to measure
	case err == nil && lost != nil:
		return nil, lost
	case lost != nil && !errors.Is(lost, fs.ErrNotExist):
		return nil, fmt.Errorf("%w; nor can the units beside it be read: %w", err, lost)
	case lost != nil:
		return nil, err
	case err != nil:
		r = New(nil, nil, nil)
		r.Conclusion = unfinished()
		r.Conclusion.Reasons[0].Text += fmt.Sprintf("; of %s, nothing can be read", path)
	}
	r.Result = *judge.Judge(rec)
	r.Schema = SchemaReport
	r.fill()
	r.Conclude()
	if _, missing := os.Stat(path); missing == nil {
		r.Path = path
	}
	return r, nil
}
