package library

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed runtimes.json
var runtimesJSON []byte

// Manifest pins the libraries that can be installed.
type Manifest struct {
	Minimum     string            `json:"minimum"`     // oldest version of the library that the binding accepts
	Runtimes    []Runtime         `json:"runtimes"`    // in order of preference
	Unsupported map[string]string `json:"unsupported"` // os/arch: why there is no library for it
}

// Runtime is one version of the library for one platform.
type Runtime struct {
	Version string   `json:"version"` // of ONNX Runtime
	OS      string   `json:"os"`      // as Go names it
	Arch    string   `json:"arch"`    // as Go names it
	Flavour string   `json:"flavour"` // cpu, or what it can use besides
	Licence string   `json:"licence"` // under which it comes
	Needs   string   `json:"needs"`   // of the system, in words
	Sources []Source `json:"sources"` // where it can be had, the first choice first
}

// The kinds of [Source].
const (
	KindWheel   = "wheel"   // a Python wheel, fetched through the user's pip
	KindNPM     = "npm"     // an npm package, fetched through the user's npm
	KindArchive = "archive" // a release archive, fetched from its https URL
)

// Source is one package that holds the library.
type Source struct {
	Kind     string   `json:"kind"`               // wheel, npm or archive
	Package  string   `json:"package,omitempty"`  // name and version as the package manager writes them
	Platform string   `json:"platform,omitempty"` // wheel: the platform tag that pip is asked for
	Python   string   `json:"python,omitempty"`   // wheel: the Python version that pip is asked for
	URL      string   `json:"url,omitempty"`      // archive: where it is
	File     string   `json:"file"`               // name of the package's file
	Size     int64    `json:"size"`               // of the file, bytes
	SHA256   string   `json:"sha256"`             // of the file
	Members  []Member `json:"members"`            // what is taken out of it; the library first
}

// Member is one file inside a package.
type Member struct {
	Path   string `json:"path"`   // inside the package
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // of the file, in hexadecimal
}

// Name is the file name under which the member is installed.
func (m Member) Name() string { return path.Base(m.Path) }

// Library is the member that is loaded.
func (s Source) Library() Member { return s.Members[0] }

// String names the source for people.
func (s Source) String() string {
	switch s.Kind {
	case KindWheel:
		return "Python wheel " + s.Package
	case KindNPM:
		return "npm package " + s.Package
	}
	return "release archive " + s.File
}

// Embedded is the manifest that comes with acdeploy.
func Embedded() (*Manifest, error) {
	m, err := ParseManifest(runtimesJSON)
	if err != nil {
		return nil, fmt.Errorf("read the embedded manifest: %w", err)
	}
	return m, nil
}

// ParseManifest reads a manifest and checks that every row is complete.
func ParseManifest(data []byte) (*Manifest, error) {
	var m Manifest
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return nil, err
	}
	return &m, m.Validate()
}

// For lists the runtimes of a platform and flavour, best first. It fails when there is none.
func (m *Manifest) For(goos, arch, flavour string) ([]Runtime, error) {
	var fit []Runtime
	var flavours []string
	for _, r := range m.Runtimes {
		if r.OS != goos || r.Arch != arch {
			continue
		}
		if r.Flavour == flavour {
			fit = append(fit, r)
		} else if !slices.Contains(flavours, r.Flavour) {
			flavours = append(flavours, r.Flavour)
		}
	}
	switch reason := m.Unsupported[goos+"/"+arch]; {
	case len(fit) > 0:
		return fit, nil
	case len(flavours) > 0:
		return nil, fmt.Errorf("flavour %q is not known for %s/%s; known are %s", flavour, goos, arch, strings.Join(flavours, ", "))
	case reason != "":
		return nil, fmt.Errorf("there is no onnxruntime to install for %s/%s: %s", goos, arch, reason)
	}
	return nil, fmt.Errorf("there is no pinned onnxruntime for %s/%s; name an installed library with ACDEPLOY_ORT_LIB", goos, arch)
}

// Identify finds the runtime and source whose library has that SHA-256.
func (m *Manifest) Identify(digest string) (Runtime, Source, bool) {
	for _, r := range m.Runtimes {
		for _, s := range r.Sources {
			if s.Library().SHA256 == digest {
				return r, s, true
			}
		}
	}
	return Runtime{}, Source{}, false
}

var (
	hexDigest  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	versionTag = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+$`)
	plainWord  = regexp.MustCompile(`^[a-z0-9]+$`)
)

// Validate reports every row that is incomplete, and keys used twice.
func (m *Manifest) Validate() error {
	var errs []error
	seen := map[string]bool{}
	if !versionTag.MatchString(m.Minimum) {
		errs = append(errs, fmt.Errorf("minimum %q is not a version", m.Minimum))
	}
	for _, r := range m.Runtimes {
		key := strings.Join([]string{r.Version, r.OS, r.Arch, r.Flavour}, " ")
		if seen[key] {
			errs = append(errs, fmt.Errorf("%s is listed twice", key))
		}
		seen[key] = true
		if err := r.validate(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	return errors.Join(errs...)
}

func (r Runtime) validate() error {
	switch {
	case !versionTag.MatchString(r.Version):
		return fmt.Errorf("version %q is not a version", r.Version)
	case !plainWord.MatchString(r.OS) || !plainWord.MatchString(r.Arch) || !plainWord.MatchString(r.Flavour):
		return errors.New("os, arch and flavour must be plain words")
	case r.Licence == "":
		return errors.New("the licence is not given")
	case len(r.Sources) == 0:
		return errors.New("there is no source")
	}
	for _, s := range r.Sources {
		if err := s.validate(); err != nil {
			return fmt.Errorf("source %s: %w", s.Kind, err)
		}
	}
	return nil
}

func (s Source) validate() error {
	switch {
	case !slices.Contains([]string{KindWheel, KindNPM, KindArchive}, s.Kind):
		return errors.New("the kind is not known")
	case s.Kind == KindArchive && !strings.HasPrefix(s.URL, "https://"):
		return errors.New("the URL is not https")
	case s.Kind != KindArchive && s.Package == "":
		return errors.New("the package is not given")
	case s.Kind == KindWheel && (s.Platform == "" || s.Python == ""):
		return errors.New("the platform or the Python version is not given")
	case s.File == "" || s.File != path.Base(s.File):
		return fmt.Errorf("file %q is not a file name", s.File)
	case s.Size <= 0 || !hexDigest.MatchString(s.SHA256):
		return errors.New("size or sha256 is not given")
	case len(s.Members) == 0:
		return errors.New("there is no member")
	}
	names := map[string]bool{}
	for _, m := range s.Members {
		switch {
		case path.Clean(m.Path) != m.Path || path.IsAbs(m.Path) || strings.HasPrefix(m.Path, "..") || strings.ContainsAny(m.Path, `\:`):
			return fmt.Errorf("member %q is outside the package", m.Path)
		case m.Size <= 0 || !hexDigest.MatchString(m.SHA256):
			return fmt.Errorf("member %s: size or sha256 is not given", m.Path)
		case names[m.Name()]:
			return fmt.Errorf("member %s: its name is used twice", m.Path)
		}
		names[m.Name()] = true
	}
	return nil
}
