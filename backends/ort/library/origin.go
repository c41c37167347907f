package library

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// origin is a package, a folder or a library in which all members of a candidate lie.
type origin struct {
	candidate
	path string
	at   map[string]Member // by the names of the parts
}

// packaged is the origin of a candidate in its own package.
func packaged(c candidate, path string) origin {
	o := origin{c, path, map[string]Member{}}
	for _, m := range c.Members {
		o.at[m.Path] = m
	}
	return o
}

// find looks for pinned libraries in what the user names with --from, and takes the best. What decides is their SHA-256,
// so that the wheel of any Python version will do, and so will a folder of wheels or an unpacked one. Called is how messages
// name it.
func (s Store) find(from, called string, candidates []candidate) (origin, error) {
	info, err := os.Stat(from)
	switch {
	case err != nil:
		return origin{}, fmt.Errorf("read --from: %w", err)
	case !info.IsDir() && !info.Mode().IsRegular():
		return origin{}, fmt.Errorf("--from %s is neither a file nor a folder", called)
	}
	best := len(candidates)
	var found origin
	var errs []error
	for _, place := range places(from) {
		at, where, err := search(place, candidates[:best])
		if err != nil {
			errs = append(errs, fmt.Errorf("read %s: %w", strings.Replace(place, from, called, 1), err))
		}
		if where != nil {
			best, found = at, origin{candidates[at], place, where}
		}
	}
	switch {
	case best < len(candidates):
		return found, nil
	case len(errs) > 0:
		return origin{}, errors.Join(errs...)
	}
	var known []string
	for _, c := range candidates {
		known = append(known, fmt.Sprintf("%s %s", c.Version, c.Library().Name()))
	}
	return origin{}, fmt.Errorf("%s holds none of the pinned libraries for %s/%s: %s; to use a library of your own, name it with --ort-lib or ACDEPLOY_ORT_LIB",
		called, s.OS, s.Arch, strings.Join(slices.Compact(known), ", "))
}

// places are the path itself and, where it is a folder, the packages of onnxruntime in it.
func places(from string) []string {
	all := []string{from}
	files, err := os.ReadDir(from)
	if err != nil {
		return all // a file
	}
	for _, f := range files {
		if isPackage(f.Name()) && strings.Contains(strings.ToLower(f.Name()), "onnxruntime") {
			all = append(all, filepath.Join(from, f.Name()))
		}
	}
	return all
}

// isPackage reports whether a file is, by its name, an archive.
func isPackage(name string) bool {
	return slices.Contains([]string{".whl", ".tgz", ".gz", ".zip", ".nupkg"}, path.Ext(name))
}

// namesFile reports whether a URL is that of a file, and not of a folder.
func namesFile(from string) bool {
	u, err := url.Parse(from)
	if err != nil {
		return false
	}
	name := path.Base(u.Path)
	return isPackage(name) || strings.Contains(name, ".so") || slices.Contains([]string{".dylib", ".dll"}, path.Ext(name))
}

// search finds the first candidate all of whose members lie in a package, and where.
func search(place string, candidates []candidate) (at int, where map[string]Member, err error) {
	sizes, digests := map[int64]bool{}, map[string]string{}
	for _, c := range candidates {
		for _, m := range c.Members {
			sizes[m.Size] = true
		}
	}
	err = parts(place, func(p part) (bool, error) {
		if !p.regular || !sizes[p.size] {
			return false, nil
		}
		r, err := p.open()
		if err != nil {
			return false, err
		}
		defer func() { _ = r.Close() }()
		digest, err := osfile.SHA256Of(func(w io.Writer) error { _, err := io.Copy(w, io.LimitReader(r, p.size)); return err })
		digests[digest] = p.name
		return false, err
	})
	for at, c := range candidates {
		where := map[string]Member{}
		for _, m := range c.Members {
			if name, ok := digests[m.SHA256]; ok {
				where[name] = m
			}
		}
		if len(where) == len(c.Members) {
			return at, where, nil
		}
	}
	return 0, nil, err
}
