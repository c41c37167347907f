package bench

import (
	"github.com/acdeploy/acdeploy/backends"
)

// entry is a unit, measured or lost, with what was known of its setting by then.
type entry struct {
	Setting  int         `json:"setting"`
	Unit     int         `json:"unit"`
	Record   *UnitRecord `json:"record"` // null for a unit that was lost
	Blocks   []Block     `json:"blocks"`
	Failures []Failure   `json:"failures"` // of this unit
	Schedule Schedule    `json:"schedule"`

	Engine   *backends.Description `json:"engine"`
	CPUClock string                `json:"cpu_clock"`
	Plans    []*backends.Plan      `json:"plans,omitempty"` // with the unit that told them
}

// keep writes what became of a unit.
func (m *measurement) keep(index int) {
	if m.journal == nil {
		return
	}
	f := m.found
	e := entry{
		Setting: m.condition.index, Unit: index, Schedule: f.Schedule, Engine: f.Engine, CPUClock: f.CPUClock,
	}
	for _, lost := range f.Failures {
		if lost.Unit == index {
			e.Failures = append(e.Failures, lost)
		}
	}
	if n := len(f.Units); n > 0 && f.Units[n-1].Unit == index && f.Units[n-1].Complete {
		e.Record, e.Blocks = &f.Units[n-1].UnitRecord, f.Units[n-1].Blocks
	}
	if m.asked && !m.plansKept {
		for _, a := range f.Arms {
			e.Plans = append(e.Plans, a.Plan)
		}
		m.plansKept = true
	}
	m.journal.write(e)
	m.journal.some = true
}

// restore takes the units of this condition from the journal, as if they had just been measured.
func (m *measurement) restore() {
	if m.journal == nil {
		return
	}
	f := m.found
	for _, e := range m.journal.kept {
		if e.Setting != m.condition.index || m.done[e.Unit] || !e.plausible(len(m.found.Arms)) {
			continue
		}
		f.take(e)
		m.scheduled = e.Schedule.Blocks > 0
		if len(e.Plans) == len(f.Arms) {
			m.asked, m.plansKept = true, true
		}
		m.done[e.Unit] = true
		if e.Record == nil {
			m.lost++
		}
	}
}

// plausible reports whether an entry could have come of a measurement of so many arms.
func (e entry) plausible(arms int) bool {
	if e.Record == nil {
		return len(e.Failures) > 0
	}
	if e.Record.Unit != e.Unit || len(e.Blocks) != e.Schedule.Blocks || len(e.Blocks) == 0 {
		return false
	}
	for _, b := range e.Blocks {
		if len(b.Wall) != arms || (b.CPU != nil && len(b.CPU) != arms) {
			return false
		}
		for _, runs := range b.Wall {
			if len(runs) != e.Schedule.Runs || len(runs) == 0 {
				return false
			}
		}
	}
	return true
}
