package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
)

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
