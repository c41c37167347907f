package library

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// versionLine is how the package says its version.
var versionLine = regexp.MustCompile(`(?m)^__version__ = ["']([0-9]+(?:\.[0-9A-Za-z]+)*)`)

// inPackage is the library in a folder of Python's package onnxruntime: one that the binding can use, that is what the wheel installed, and that
// nobody else may change. The providers of a wheel for GPUs lie beside it.
func (s Store) inPackage(folder string) (path, version string, err error) {
	text, err := os.ReadFile(filepath.Join(folder, "__init__.py"))
	if err != nil {
		return "", "", fmt.Errorf("its package onnxruntime is incomplete: %w", osfile.Cause(err))
	}
	said := versionLine.FindSubmatch(text)
	if said == nil {
		return "", "", fmt.Errorf("%s does not say its version", filepath.Join(folder, "__init__.py"))
	}
	version = string(said[1])
	if err := s.recent(folder, version); err != nil {
		return "", "", err
	}
	capi := filepath.Join(folder, "capi")
	for _, pattern := range libraryFiles() {
		found, _ := filepath.Glob(filepath.Join(capi, pattern)) // the only error is a folder that is a wrong pattern
		if len(found) == 0 {
			continue
		}
		if path, err = s.usable(found[0]); err != nil {
			return "", "", err
		}
		if err := osfile.CheckExposed(filepath.Dir(path), path); err != nil {
			return "", "", err
		}
		return path, version, s.recorded(path)
	}
	return "", "", fmt.Errorf("%s holds no library", capi)
}

// recent refuses a version that is older than the binding needs. The file or folder has it.
func (s Store) recent(of, version string) error {
	manifest := s.Manifest
	if manifest == nil {
		embedded, err := Embedded()
		if err != nil {
			return err
		}
		manifest = embedded
	}
	if !atLeast(version, manifest.Minimum) {
		return fmt.Errorf("%s is onnxruntime %s, and acdeploy needs %s or newer", of, version, manifest.Minimum)
	}
	return nil
}

// atLeast compares the first two numbers of versions.
func atLeast(version, minimum string) bool {
	have, want := strings.Split(version, "."), strings.Split(minimum, ".")
	if len(have) < 2 {
		return false
	}
	for i := range 2 {
		h, errH := strconv.Atoi(have[i])
		w, errW := strconv.Atoi(want[i])
		if errH != nil || errW != nil || h != w {
			return errH == nil && errW == nil && h > w
		}
	}
	return true
}

// recorded returns an [*unfit] for a file that is not what its wheel installed. A wheel lists its files with their SHA-256 in its RECORD, beside
// the package: https://packaging.python.org/en/latest/specifications/recording-installed-packages/.
func (s Store) recorded(path string) error {
	site := filepath.Dir(filepath.Dir(filepath.Dir(path)))
	name, err := filepath.Rel(site, path)
	if err != nil {
		return err
	}
	records, _ := filepath.Glob(filepath.Join(site, "onnxruntime*.dist-info", "RECORD")) // the only error is a folder that is a wrong pattern
	var listed []string
	for _, record := range records {
		digest, err := listedIn(record, filepath.ToSlash(name))
		if err != nil {
			return err
		}
		if digest != "" {
			listed = append(listed, digest)
		}
	}
	if len(listed) == 0 {
		return fmt.Errorf("no wheel lists the SHA-256 of %s; to use it, name it with --ort-lib", path)
	}
	digest, err := s.digestOnce(path)
	if err != nil {
		return err
	}
	if !slices.Contains(listed, digest) {
		return &unfit{path + " is not what its wheel installed: its SHA-256 is not that of RECORD", "run: python3 -m pip install --force-reinstall --no-deps onnxruntime"}
	}
	return nil
}

// listedIn is the SHA-256, in hexadecimal, that a RECORD has for a file of its wheel; "" where it lists none.
func listedIn(record, name string) (digest string, err error) {
	f, err := os.Open(record)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	rows := csv.NewReader(f)
	rows.FieldsPerRecord = -1
	for {
		row, err := rows.Read()
		switch {
		case errors.Is(err, io.EOF):
			return "", nil
		case err != nil:
			return "", fmt.Errorf("%s: %w", record, err)
		case len(row) < 2 || row[0] != name:
			continue
		}
		sum, ok := strings.CutPrefix(row[1], "sha256=")
		raw, err := base64.RawURLEncoding.DecodeString(sum)
		if !ok || err != nil {
			return "", nil
		}
		return hex.EncodeToString(raw), nil
	}
}
