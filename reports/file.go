package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

const (
	maxBytes   = 256 << 20 // raw samples of a long measurement take some ten megabytes
	maxArms    = 4096
	maxObjects = 200_000 // an empty object takes two bytes in the file and hundreds in memory
)

// Write puts the report into the directory, which it makes where there is none. The file appears whole
// or not at all. The report then knows its Path.
func (r *Report) Write(dir string) error { return r.write(osfile.Files{}, dir) }

func (r *Report) write(files osfile.Files, dir string) error {
	r.fill()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write report into %s: %w", dir, osfile.Cause(err))
	}
	path := filepath.Join(dir, FileName)
	if _, err := files.Replace(path, func(w io.Writer) error { return JSON(w, r) }); err != nil {
		return fmt.Errorf("write report %s: %w", path, err)
	}
	r.Path = path
	return nil
}

// Read reads a report, or the document of a measurement alone.
func Read(path string) (*Report, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", path, osfile.Cause(err))
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("read report %s: this is a directory; its report is %s", path, filepath.Join(path, FileName))
	}
	text, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", path, osfile.Cause(err))
	}
	r, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", path, err)
	}
	r.Path = path
	return r, nil
}

// Parse reads a report from its text.
func Parse(text []byte) (*Report, error) {
	if len(text) > maxBytes {
		return nil, fmt.Errorf("larger than %s", human.Bytes(maxBytes))
	}
	if bytes.Count(text, []byte("{"))+bytes.Count(text, []byte("[")) > maxObjects {
		return nil, fmt.Errorf("more than %d objects and lists", maxObjects)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("not a report: %w", describe(text, err))
	}
	switch head.Schema {
	case SchemaReport, SchemaBench:
	case "":
		return nil, errors.New("not a report: the key schema is missing")
	default:
		return nil, fmt.Errorf("schema %q is not one that this program reads; it reads %s and %s", human.Printable(head.Schema), SchemaReport, SchemaBench)
	}
	r := &Report{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("not a report: %w", describe(text, err))
	}
	r.fill()
	return r, r.check()
}

// describe gives a decoding error its line.
func describe(text []byte, err error) error {
	offset := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	if offset < 0 || offset > int64(len(text)) {
		return err
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:offset], []byte("\n")), err)
}

// check finds what the types do not exclude and rendering relies on.
func (r *Report) check() error {
	if n := max(len(r.Arms), len(r.Comparisons), len(r.Settings), len(r.Tools), len(r.Host.GPUs)); n > maxArms {
		return fmt.Errorf("a list of %d arms, comparisons, settings, tools or GPUs; at most %d are read", n, maxArms)
	}
	for i, c := range r.Comparisons {
		switch c.Verdict {
		case judge.Equivalent, judge.Faster, judge.Slower, judge.NotShown, judge.Invalid:
		default:
			return fmt.Errorf("comparison %d: verdict %q is not known", i+1, human.Printable(string(c.Verdict)))
		}
	}
	return nil
}
