package release

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/reports"
)

// required are the files of every release folder, beside its sums.
func required() []string {
	return []string{ModelFile, ReportFile, PageFile, CardFile, ProvenanceFile, EquivalenceFile, BOMFile}
}

// signatures are the names of files that programs that sign put beside what they sign.
func signatures() []string { return []string{"*.sig", "*.sigstore", "*.sigstore.json"} }

func isSignature(name string) bool {
	return slices.ContainsFunc(signatures(), func(pattern string) bool {
		is, _ := path.Match(pattern, name)
		return is
	})
}

// IsSignature reports whether a file of that name in a release folder is a signature, which the sums do not list.
func IsSignature(name string) bool { return plainName(name) && isSignature(name) }

// Signatures are the names of the signatures beside the files that the sums list.
func (f *Folder) Signatures() (names []string) {
	entries, _ := os.ReadDir(f.Dir) // what cannot be read is no signature
	for _, e := range entries {
		if e.Type().IsRegular() && IsSignature(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names
}

// Open reads a release folder. Every file has to be there with its digest, and nothing else but signatures. The error says in one line
// all that is not so.
func Open(dir string) (*Folder, error) {
	f, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("release folder %s: %w", dir, err)
	}
	return f, nil
}

func open(dir string) (*Folder, error) {
	sums, digest, err := readSums(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{Dir: dir, Digest: digest}
	faults := strays(dir, sums)
	for _, s := range sums {
		file, err := compare(dir, s)
		if err != nil {
			faults = append(faults, err.Error())
		}
		f.Files = append(f.Files, file)
	}
	if len(faults) > 0 {
		return nil, errors.New(strings.Join(faults, "; "))
	}
	slices.SortFunc(f.Files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	if f.Report, err = reports.Read(filepath.Join(dir, ReportFile)); err != nil {
		return nil, err
	}
	f.Name, f.Alias = named(f.Report)
	return f, nil
}

// mostSums is how long a list of sums may be, in bytes.
const mostSums = 1 << 20

// readSums reads the list of the files, and its own digest.
func readSums(dir string) (sums []sum, digest string, err error) {
	file, err := os.Open(filepath.Join(dir, SumsFile))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(dir); err != nil {
			return nil, "", osfile.Cause(err)
		}
		return nil, "", fmt.Errorf("it has no %s, so it is not one that acdeploy wrote", SumsFile)
	}
	if err != nil {
		return nil, "", osfile.Cause(err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(file, mostSums))
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", SumsFile, osfile.Cause(err))
	}
	if sums, err = parseSums(text); err != nil {
		return nil, "", fmt.Errorf("%s: %w", SumsFile, err)
	}
	for _, name := range required() {
		if !slices.ContainsFunc(sums, func(s sum) bool { return s.Name == name }) {
			return nil, "", fmt.Errorf("%s does not name %s", SumsFile, name)
		}
	}
	return sums, osfile.SHA256Bytes(text), nil
}

// strays names what is in the folder and is neither listed nor a signature.
func strays(dir string, sums []sum) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return []string{osfile.Cause(err).Error()}
	}
	var faults []string
	for _, e := range entries {
		name := e.Name()
		switch {
		case name == SumsFile || slices.ContainsFunc(sums, func(s sum) bool { return s.Name == name }):
		case isSignature(name) && e.Type().IsRegular():
		default:
			faults = append(faults, human.Printable(name)+" is not part of the release")
		}
	}
	return faults
}

// compare compares a file with its sum.
func compare(dir string, s sum) (File, error) {
	at := filepath.Join(dir, s.Name)
	info, err := os.Lstat(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return File{}, fmt.Errorf("%s is missing", s.Name)
	case err != nil:
		return File{}, fmt.Errorf("%s: %w", s.Name, osfile.Cause(err))
	case !info.Mode().IsRegular():
		return File{}, fmt.Errorf("%s is not a regular file", s.Name)
	}
	digest, err := osfile.SHA256(at)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", s.Name, osfile.Cause(err))
	}
	if digest != s.SHA256 {
		return File{}, fmt.Errorf("%s was changed: its SHA-256 is not the one in %s", s.Name, SumsFile)
	}
	return File{Name: s.Name, SHA256: digest, Bytes: info.Size()}, nil
}
