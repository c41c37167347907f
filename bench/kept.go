package bench

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/acdeploy/acdeploy/internal/osfile"
)

// blank is a recording with every setting that is to be measured, and nothing measured yet.
func (r Runner) blank(job Job, conditions []condition, rec *Recording) *Recording {
	b := *rec
	for i, c := range conditions {
		c.index, c.total = i, len(conditions)
		b.Settings = append(b.Settings, *r.start(job, c, rec).found)
	}
	return &b
}

// ReadKept reads the units that an unfinished measurement has kept in the file of its [Runner].Journal, up to the last one that is whole, as
// the recording of an interrupted measurement. It is for a process that was killed: one that ends by itself returns its recording. The error
// is of a file that holds no measurement.
func ReadKept(path string) (*Recording, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read units %s: %w", path, osfile.Cause(err))
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewReader(file)
	first, err := line(lines)
	var head journalHead
	if err != nil || json.Unmarshal(first, &head) != nil || head.Schema != journalSchema || head.Recording == nil {
		return nil, fmt.Errorf("read units %s: it does not say what was measured", path)
	}
	rec := head.Recording
	rec.Incomplete = true
	for i := range rec.Settings {
		if s := &rec.Settings[i]; string(s.Options) == "null" {
			s.Options = nil
		}
	}
	for {
		text, err := line(lines)
		var e entry
		if err != nil || json.Unmarshal(text, &e) != nil {
			break
		}
		if e.Setting < 0 || e.Setting >= len(rec.Settings) || !e.plausible(len(rec.Settings[e.Setting].Arms)) {
			return nil, fmt.Errorf("read units %s: a unit that is none of what it says was measured", path)
		}
		rec.Settings[e.Setting].take(e)
	}
	rec.Settings = slices.DeleteFunc(rec.Settings, func(s Setting) bool { return len(s.Units)+len(s.Failures) == 0 })
	return rec, nil
}

// take adds a unit to its setting. The plans of the arms come with one of them.
func (s *Setting) take(e entry) {
	s.Schedule, s.Engine, s.CPUClock = e.Schedule, e.Engine, e.CPUClock
	s.Failures = append(s.Failures, e.Failures...)
	if len(e.Plans) == len(s.Arms) {
		for i, p := range e.Plans {
			s.Arms[i].Plan = p
		}
	}
	if e.Record != nil {
		s.Units = append(s.Units, Unit{*e.Record, e.Blocks})
	}
}
