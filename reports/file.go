package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

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
func Read(path string) (*Report, error) { return read(path, Parse) }

// ReadPart reads what [Read] does, or the document of a run of passes or of a verification, as a report that has nothing else.
func ReadPart(path string) (*Report, error) { return read(path, parsePart) }

func read(path string, parse func(text []byte) (*Report, error)) (*Report, error) {
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
	r, err := parse(osfile.PlainText(text))
	if no, ok := errors.AsType[notReport](err); ok {
		return nil, fmt.Errorf("%s is %w", path, no)
	}
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", path, err)
	}
	r.Path = path
	return r, nil
}

// Parse reads a report from its text.
func Parse(text []byte) (*Report, error) {
	schema, err := schemaOf(text)
	if err != nil {
		return nil, err
	}
	if schema != SchemaReport && schema != SchemaBench {
		return nil, unreadable(schema, SchemaReport, SchemaBench)
	}
	r := &Report{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, foreign(text, err)
	}
	r.fill()
	return r, r.check()
}

// parsePart reads a report, or a part of one that is a document of its own.
func parsePart(text []byte) (*Report, error) {
	schema, err := schemaOf(text)
	if err != nil {
		return nil, err
	}
	r := New(nil, nil, nil)
	switch schema {
	case SchemaReport, SchemaBench:
		return Parse(text)
	case SchemaFuse:
		err = json.Unmarshal(text, &r.Fuse)
	case SchemaVerify:
		err = json.Unmarshal(text, &r.Verify)
	default:
		return nil, unreadable(schema, SchemaReport, SchemaFuse, SchemaVerify, SchemaBench)
	}
	if err != nil {
		return nil, foreign(text, err)
	}
	return r, nil
}

// unreadable is the error of a document of another kind or version.
func unreadable(schema string, read ...string) error {
	last := len(read) - 1
	return fmt.Errorf("schema %q is not one that this program reads; it reads %s and %s", human.Printable(schema), strings.Join(read[:last], ", "), read[last])
}

// schemaOf is the kind and version of a document that is not too large to read.
func schemaOf(text []byte) (string, error) {
	if len(text) > maxBytes {
		return "", fmt.Errorf("larger than %s", human.Bytes(maxBytes))
	}
	if bytes.Count(text, []byte("{"))+bytes.Count(text, []byte("[")) > maxObjects {
		return "", fmt.Errorf("more than %d objects and lists", maxObjects)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return "", foreign(text, err)
	}
	if head.Schema == "" {
		return "", notReport{"the key schema is missing"}
	}
	return head.Schema, nil
}

// notReport is the error of a text that acdeploy did not write, or not to its end.
type notReport struct{ why string }

// Error implements error.
func (e notReport) Error() string {
	return "not a report of acdeploy: " + e.why + "; name the report.json that acdeploy run or acdeploy bench wrote, or its folder"
}

// foreign says in plain words why a text cannot be decoded.
func foreign(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return notReport{"it is empty"}
	case errors.As(err, &syntax) && syntax.Offset >= int64(len(bytes.TrimRight(text, " \t\r\n"))) && endsEarly(text):
		return notReport{fmt.Sprintf("it ends in line %d, before its JSON is complete", lineOf(text, syntax.Offset))}
	case errors.As(err, &syntax):
		return notReport{fmt.Sprintf("line %d is not JSON", lineOf(text, syntax.Offset))}
	case errors.As(err, &kind) && kind.Field == "":
		return notReport{"it holds " + article(kind.Value) + " where a report is an object"}
	case errors.As(err, &kind):
		return notReport{fmt.Sprintf("the key %s in line %d is %s, which it never is in a report", kind.Field[strings.LastIndex(kind.Field, ".")+1:], lineOf(text, kind.Offset), article(kind.Value))}
	}
	return notReport{err.Error()}
}

// endsEarly reports whether more text could have followed.
func endsEarly(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := d.Token(); err != nil {
			return errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
		}
	}
}

// article puts an article before a kind of JSON, as in "a list".
func article(kind string) string {
	kind, _, _ = strings.Cut(kind, " ")
	switch kind {
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "bool":
		return "true or false"
	}
	return "a " + kind
}

// lineOf is the line of an offset, the first being 1.
func lineOf(text []byte, offset int64) int {
	return 1 + bytes.Count(text[:min(max(offset, 0), int64(len(text)))], []byte("\n"))
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
