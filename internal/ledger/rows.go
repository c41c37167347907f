// Package ledger keeps what a study finds, one line of JSON for each row, and writes pages of Markdown from it.
package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// Read reads the lines of a file, none where there is none. A last line that was cut off by an interruption is left out.
func Read[T any](path string) ([]T, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []T
	for number, line := range bytes.SplitAfter(text, []byte("\n")) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var r T
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number+1, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// Write writes all lines of a file.
func Write[T any](path string, all []T) error {
	return osfile.Replace(path, func(w io.Writer) error {
		enc := json.NewEncoder(w)
		for _, r := range all {
			if err := enc.Encode(r); err != nil {
				return err
			}
		}
		return nil
	})
}
