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
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

// journalSchema names the first line of a journal.
const journalSchema = "acdeploy.units/v1"

// Fact is something that must be the same for units to belong to one measurement.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// journal is a file of units, a JSON document a line, the first one saying what they belong to. Units are
// written as they come, so that an interrupted measurement can be resumed.
type journal struct {
	path string
	file *os.File
	kept []entry
	some bool  // units are in it
	err  error // the first one of writing; the measurement goes on
}

type journalHead struct {
	Schema string `json:"schema"`
	Facts  []Fact `json:"facts"`
}

// entry is a unit, measured or lost, with what was known of its setting by then.
type entry struct {
	Setting  int                   `json:"setting"`
	Unit     int                   `json:"unit"`
	Record   *UnitRecord           `json:"record"` // null for a unit that was lost
	Blocks   []entryBlock          `json:"blocks"`
	Failures []Failure             `json:"failures"` // of this unit
	Plan     Plan                  `json:"plan"`
	Planned  bool                  `json:"planned"`
	Needs    time.Duration         `json:"needs"`
	Engine   *backends.Description `json:"engine"`
	CPUClock string                `json:"cpu_clock"`
	Plans    []*backends.Plan      `json:"plans,omitempty"` // with the unit that told them
}

type entryBlock struct {
	Wall [][]int64 `json:"wall"` // by arm
	CPU  []int64   `json:"cpu"`
}

// facts are what a measurement is made of: options, engines, models, machine, and what the caller adds.
func (j Job) facts(h host.Facts, more []Fact) ([]Fact, error) {
	options, err := json.Marshal(j.Options)
	if err != nil {
		return nil, err
	}
	facts := []Fact{
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
		facts = append(facts, Fact{fmt.Sprintf("engine %d", i+1), string(spec)})
	}
	for i, a := range j.arms() {
		facts = append(facts, Fact{
			fmt.Sprintf("the %s %s (arm %s)", a.role, a.Name, letter(i)),
			fmt.Sprintf("%s, %d bytes, sha256 %s", a.Model.Path, a.Files.Bytes, a.Files.SHA256),
		})
	}
	return append(facts, more...), nil
}

// openJournal begins a journal, or goes on with one whose facts are the same.
func openJournal(path string, facts []Fact, resume bool) (*journal, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("keep units in %s: %w", path, osfile.Cause(err))
	}
	j := &journal{path: path}
	kept := int64(0)
	if resume {
		var err error
		if kept, err = j.read(facts); err != nil {
			return nil, err
		}
	}
	mode := os.O_CREATE | os.O_WRONLY
	if kept == 0 {
		mode |= os.O_TRUNC
	}
	file, err := os.OpenFile(path, mode, 0o644)
	if err != nil {
		return nil, fmt.Errorf("keep units in %s: %w", path, osfile.Cause(err))
	}
	j.file = file
	if kept > 0 {
		_, err = file.Seek(kept, io.SeekStart)
		if err := errors.Join(file.Truncate(kept), err); err != nil {
			return nil, errors.Join(fmt.Errorf("keep units in %s: %w", path, osfile.Cause(err)), file.Close())
		}
	}
	if kept == 0 {
		j.write(journalHead{journalSchema, facts})
	}
	return j, nil
}

// read takes in what an earlier measurement left, and returns the length of its whole lines. A last line
// that was cut short is left out.
func (j *journal) read(facts []Fact) (int64, error) {
	file, err := os.Open(j.path)
	if err != nil {
		return 0, usagef("nothing to resume: %s: %v; leave --resume out", j.path, osfile.Cause(err))
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewReader(file)
	first, err := line(lines)
	var head journalHead
	if err != nil || json.Unmarshal(first, &head) != nil || head.Schema != journalSchema {
		return 0, usagef("nothing to resume: %s holds no units; leave --resume out", j.path)
	}
	if what := changed(head.Facts, facts); what != "" {
		return 0, usagef("cannot resume from %s: %s; leave --resume out to measure anew", j.path, what)
	}
	kept := int64(len(first))
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

// line reads a whole line, at most as long as one of the conversation with a worker.
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
		case len(whole) > 4*maxLine:
			return nil, errors.New("line too long")
		}
	}
}

// changed says which fact is not the same, "" when all are.
func changed(then, now []Fact) string {
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
	if j.err = json.NewEncoder(&text).Encode(document); j.err == nil {
		_, j.err = j.file.Write(text.Bytes())
	}
	if j.err != nil {
		j.err = fmt.Errorf("keep units in %s: %w", j.path, osfile.Cause(j.err))
	}
}

// close ends the journal. The file stays, unless it holds no unit.
func (j *journal) close() error {
	err := errors.Join(j.err, j.file.Close())
	if !j.some && len(j.kept) == 0 && j.err == nil {
		err = errors.Join(err, os.Remove(j.path))
	}
	return err
}

// keep writes what became of a unit.
func (m *measurement) keep(index int) {
	if m.journal == nil {
		return
	}
	e := entry{
		Setting: m.setting.index, Unit: index, Plan: m.plan, Planned: m.planned, Needs: m.needs,
		Engine: m.engine, CPUClock: m.cpuClock,
	}
	for _, f := range m.failures {
		if f.Unit == index {
			e.Failures = append(e.Failures, f)
		}
	}
	if n := len(m.units); n > 0 && m.units[n-1].Unit == index && m.units[n-1].Complete {
		u := m.units[n-1]
		e.Record = &u.UnitRecord
		for _, b := range u.blocks {
			e.Blocks = append(e.Blocks, entryBlock{b.wall, b.cpu})
		}
	}
	if !m.plansKept && m.plans != nil {
		e.Plans, m.plansKept = m.plans, true
	}
	m.journal.write(e)
	m.journal.some = true
}

// restore takes the units of this setting from the journal, as if they had just been measured.
func (m *measurement) restore() {
	m.done = map[int]bool{}
	if m.journal == nil {
		return
	}
	for _, e := range m.journal.kept {
		if e.Setting != m.setting.index || m.done[e.Unit] || !m.fits(e) {
			continue
		}
		m.plan, m.planned, m.needs, m.engine, m.cpuClock = e.Plan, e.Planned, e.Needs, e.Engine, e.CPUClock
		m.failures = append(m.failures, e.Failures...)
		if len(e.Plans) == len(m.setting.arms) {
			m.plans, m.asked, m.plansKept = e.Plans, true, true
		}
		m.done[e.Unit] = true
		if e.Record == nil {
			m.lost++
			continue
		}
		u := unit{UnitRecord: *e.Record}
		for _, b := range e.Blocks {
			u.blocks = append(u.blocks, block{b.Wall, b.CPU})
		}
		m.units = append(m.units, u)
	}
}

// fits reports whether an entry could have come of this measurement.
func (m *measurement) fits(e entry) bool {
	if e.Record == nil {
		return len(e.Failures) > 0
	}
	arms := len(m.setting.arms)
	if e.Record.Unit != e.Unit || !e.Planned || len(e.Blocks) != e.Plan.Blocks || len(e.Blocks) == 0 {
		return false
	}
	for _, b := range e.Blocks {
		if len(b.Wall) != arms || (b.CPU != nil && len(b.CPU) != arms) {
			return false
		}
		for _, runs := range b.Wall {
			if len(runs) != e.Plan.Runs || len(runs) == 0 {
				return false
			}
		}
	}
	return true
}
