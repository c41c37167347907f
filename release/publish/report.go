package publish

import (
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/reports"
)

// OfReport is a folder that holds no model: the report of a run, and its page, from the directory that the run wrote them to. A run that
// failed has nothing else.
func OfReport(dir string) (*release.Folder, error) {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		dir = filepath.Dir(dir)
	}
	r, err := reports.ReadFolder(dir)
	if err != nil {
		return nil, err
	}
	f := &release.Folder{Dir: dir, Report: r}
	for _, name := range []string{release.ReportFile, release.PageFile} {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue // there is no page where nobody asked for one
		}
		sum, err := osfile.SHA256(path)
		if err != nil {
			return nil, err
		}
		f.Files = append(f.Files, release.File{Name: name, SHA256: sum, Bytes: info.Size()})
		if name == release.ReportFile {
			f.Digest = sum
		}
	}
	if f.Digest == "" { // of a run that was killed: its units are all there is
		f.Digest, err = osfile.SHA256(reports.UnitsPath(dir))
	}
	return f, err
}
