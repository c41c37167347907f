package external

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/pipeline"
)

const (
	reportFile  = "report.json"
	reportBytes = 16 << 20 // what a program may tell
)

// told is what a program says that it did.
type told struct {
	rewrites []pipeline.Rewrite
	refusals []pipeline.Refusal
}

// document is the form in which it says so.
type document struct {
	Rewrites []struct {
		Node   string `json:"node"`
		Detail string `json:"detail"`
	} `json:"rewrites"`
	Refusals []struct {
		Node   string `json:"node"`
		Reason string `json:"reason"`
		Detail string `json:"detail"`
	} `json:"refusals"`
}

// report reads what the program says of itself; nothing where it says nothing.
func (x *exchange) report(changed bool) (told, error) {
	path := filepath.Join(x.out, reportFile)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return told{}, nil
	case err != nil:
		return told{}, fmt.Errorf("read %s: %w", reportFile, osfile.Cause(err))
	case !info.Mode().IsRegular():
		return told{}, fmt.Errorf("%s is not a regular file", reportFile)
	case info.Size() > reportBytes:
		return told{}, fmt.Errorf("%s is larger than %d MiB", reportFile, reportBytes>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return told{}, fmt.Errorf("read %s: %w", reportFile, osfile.Cause(err))
	}
	said, err := parseReport(text)
	if err == nil && !changed && len(said.rewrites) > 0 {
		err = fmt.Errorf("exit status %d says that nothing changed, and %s lists rewrites", unchanged, reportFile)
	}
	return said, err
}

var word = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

func parseReport(text []byte) (said told, err error) {
	var doc document
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return told{}, fmt.Errorf(`%s is not {"rewrites": [{"node", "detail"}], "refusals": [{"node", "reason", "detail"}]}: %w`, reportFile, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return told{}, fmt.Errorf("%s holds more than one document", reportFile)
	}
	for i, w := range doc.Rewrites {
		if w.Detail == "" {
			return told{}, fmt.Errorf("%s: rewrites[%d] has no detail: say what became of the node", reportFile, i)
		}
		said.rewrites = append(said.rewrites, pipeline.Rewrite{Node: orModel(w.Node), Detail: w.Detail})
	}
	for i, w := range doc.Refusals {
		if !word.MatchString(w.Reason) {
			return told{}, fmt.Errorf("%s: refusals[%d] has the reason %q: give a word such as not_constant", reportFile, i, w.Reason)
		}
		if w.Detail == "" {
			return told{}, fmt.Errorf("%s: refusals[%d] has no detail: say what to change", reportFile, i)
		}
		said.refusals = append(said.refusals, pipeline.Refusal{Node: orModel(w.Node), Reason: w.Reason, Detail: w.Detail})
	}
	return said, nil
}

// orModel is a node, or what stands for none.
func orModel(node string) string {
	if node == "" {
		return wholeModel
	}
	return node
}
