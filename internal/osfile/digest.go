package osfile

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// SHA256 is the digest of a regular file in lower-case hexadecimal.
func SHA256(path string) (string, error) {
	return SHA256Of(func(w io.Writer) error { return Copy(w, path) })
}

// SHA256Of is the digest of what write writes, in lower-case hexadecimal.
func SHA256Of(write func(io.Writer) error) (string, error) {
	h := sha256.New()
	if err := write(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// SHA256Bytes is the digest of data in lower-case hexadecimal.
func SHA256Bytes(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Part is one of several files that make up one thing, by the name that the others have for it.
type Part struct{ Name, SHA256 string }

// SHA256OfParts is the digest of the lines that the program sha256sum prints for the files, in that order: the
// digest of each, two spaces, its name.
func SHA256OfParts(parts ...Part) string {
	var lines []byte
	for _, p := range parts {
		lines = fmt.Appendf(lines, "%s  %s\n", p.SHA256, p.Name)
	}
	return SHA256Bytes(lines)
}

// Copy writes the bytes of a regular file to w. Anything else, such as a device that never ends, is
// an error.
func Copy(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	_, err = io.Copy(w, f)
	return err
}

// SameBytes reports whether the file holds exactly what write writes.
func SameBytes(path string, write func(io.Writer) error) (bool, error) {
	have, err := SHA256(path)
	if err != nil {
		return false, err
	}
	want, err := SHA256Of(write)
	return err == nil && have == want, err
}
