package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

// journalSchema names the first line of a journal.
const journalSchema = "acdeploy.units/v1"

// Property is something that must be the same for units to belong to one measurement.
type Property struct {
	Name  string `json:"name"`  // what it is of, in words
	Value string `json:"value"` // such as a version or a digest
}

// journal is a file of units, a JSON document a line, the first one saying what they belong to. Units are
// written as they come, so that an interrupted measurement can be resumed.
type journal struct {
	path string
	file *os.File
	to   io.Writer // the file, with the faults of a test
	kept []entry
	some bool  // units are in it
	err  error // the first one of writing; the measurement goes on
}

type journalHead struct {
	Schema     string     `json:"schema"`
	Properties []Property `json:"properties"`
	Recording  *Recording `json:"recording"` // with every setting, and without units
}

// properties are what a measurement is made of: options, engines, models, machine, and what the caller adds.
func (j Job) properties(h host.Facts, more []Property) ([]Property, error) {
	options, err := json.Marshal(j.Options)
	if err != nil {
		return nil, err
	}
	found := []Property{
		{"the options", string(options)},
		{"the processor", h.CPU.Brand},
		{"the kernel", h.System.Kernel},
		{"the number of arms", fmt.Sprint(len(j.arms()))},
	}
	for i, b := range j.Backends {
		spec, err := json.Marshal(b)
		if err != nil {
			return nil, err
		}
		found = append(found, Property{fmt.Sprintf("engine %d", i+1), string(spec)})
	}
	for i, a := range j.arms() {
		found = append(found, Property{
			fmt.Sprintf("the %s %s (arm %s)", a.role, a.Name, letter(i)),
			fmt.Sprintf("%s, %d bytes, sha256 %s, model_sha256 %s", a.Model.Path, a.Files.Bytes, a.Files.SHA256, a.Files.ModelSHA256),
		})
	}
	return human.Legible(append(found, more...)), nil // as a journal gives them back
}

// openJournal begins a journal, or goes on with one whose properties are the same. Blank is the recording before anything is measured.
func openJournal(files osfile.Files, path string, properties []Property, blank *Recording, resume bool) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("keep units in %s: %w", path, osfile.Cause(err))
	}
	j := &journal{path: path}
	kept := int64(0)
	if resume {
		var err error
		if kept, err = j.read(properties); err != nil {
			return nil, err
		}
	}
	mode := os.O_WRONLY
	if kept == 0 {
		mode |= os.O_TRUNC
	}
	file, err := files.Open(path, mode)
	if err != nil {
		return nil, fmt.Errorf("keep units in %s: %w", path, osfile.Cause(err))
	}
	j.file, j.to = file, files.Writer(file)
	if kept > 0 {
		_, err = file.Seek(kept, io.SeekStart)
		if err := errors.Join(file.Truncate(kept), err); err != nil {
			return nil, errors.Join(fmt.Errorf("keep units in %s: %w", path, osfile.Cause(err)), file.Close())
		}
	}
	if kept == 0 {
		j.write(journalHead{journalSchema, properties, blank})
	}
	return j, nil
}

// Resumable fails where the file of an earlier measurement's units is not there, or is none.
func Resumable(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return outcome.Usagef("nothing to resume: %s: %v; leave --resume out", path, osfile.Cause(err))
	}
	defer func() { _ = file.Close() }()
	_, _, err = readHead(path, bufio.NewReader(file))
	return err
}

// readHead reads the first line, and returns its length as well.
func readHead(path string, lines *bufio.Reader) (head journalHead, length int64, err error) {
	first, err := line(lines)
	if err != nil || json.Unmarshal(first, &head) != nil || head.Schema != journalSchema {
		return head, 0, outcome.Usagef("nothing to resume: %s holds no units; leave --resume out", path)
	}
	return head, int64(len(first)), nil
}

// read takes in what an earlier measurement left, and returns the length of its whole lines. A last line
// that was cut short is left out.
func (j *journal) read(properties []Property) (int64, error) {
	file, err := os.Open(j.path)
	if err != nil {
		return 0, outcome.Usagef("nothing to resume: %s: %v; leave --resume out", j.path, osfile.Cause(err))
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewReader(file)
	head, kept, err := readHead(j.path, lines)
	if err != nil {
		return 0, err
	}
	if what := changed(head.Properties, properties); what != "" {
		return 0, outcome.Usagef("cannot resume from %s: %s; %sleave --resume out to start again", j.path, what, elsewhere(j.path))
	}
	for {
		text, err := line(lines)
		var e entry
		if err != nil || json.Unmarshal(text, &e) != nil {
			return kept, nil
		}
		j.kept = append(j.kept, e)
		kept += int64(len(text))
	}
}

// maxLine bounds one line, in bytes.
const maxLine = 256 << 20

// line reads a whole line.
func line(r *bufio.Reader) ([]byte, error) {
	var whole []byte
	for {
		part, err := r.ReadSlice('\n')
		whole = append(whole, part...)
		switch {
		case err == nil:
			return whole, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		case len(whole) > maxLine:
			return nil, errors.New("line too long")
		}
	}
}

// changed says which property is not the same, "" when all are.
func changed(then, now []Property) string {
	for i, f := range now {
		switch {
		case i >= len(then) || then[i].Name != f.Name:
			return f.Name + " was not part of it"
		case then[i].Value != f.Value:
			return fmt.Sprintf("%s changed from %.200s to %.200s", f.Name, then[i].Value, f.Value)
		}
	}
	return ""
}

// write adds a line. The first error is kept, and nothing is written after it.
func (j *journal) write(document any) {
	if j.err != nil {
		return
	}
	var text bytes.Buffer
	if j.err = json.NewEncoder(&text).Encode(human.Legible(document)); j.err == nil {
		_, j.err = j.to.Write(text.Bytes())
	}
	if j.err != nil {
		j.err = fmt.Errorf("keep units in %s: %w", j.path, osfile.Cause(j.err))
	}
}

// close ends the journal. The file stays, unless it holds no unit.
func (j *journal) close() error {
	if j == nil {
		return nil
	}
	err := errors.Join(j.err, j.file.Close())
	if !j.some && len(j.kept) == 0 && j.err == nil {
		err = errors.Join(err, os.Remove(j.path))
	}
	return err
}
