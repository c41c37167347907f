package dataset

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Digest is the SHA-256 of a file of samples, or of the names and bytes of all such files of a folder.
func Digest(path string) (string, error) {
	files := []string{path}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return "", err
		}
		files = nil
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".npz") || strings.HasSuffix(e.Name(), ".npy") {
				files = append(files, filepath.Join(path, e.Name()))
			}
		}
	}
	h := sha256.New()
	for _, file := range files {
		if len(files) > 1 {
			fmt.Fprintf(h, "%q\n", filepath.Base(file))
		}
		if err := add(h, file); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func add(h io.Writer, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	_, err = io.Copy(h, f)
	return err
}
