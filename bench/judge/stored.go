package judge

import (
	"fmt"

	"github.com/acdeploy/acdeploy/bench"
)

// Recording takes from a stored result what was measured, so that it can be judged again: with another
// margin, or by a newer rule.
func (r *Result) Recording() (*bench.Recording, error) {
	rec := &bench.Recording{
		Started: r.Started, Incomplete: r.Incomplete, Skipped: r.Skipped, Options: r.Options,
		Host: r.Host, HostAfter: r.HostAfter,
	}
	for _, s := range r.Settings {
		setting := bench.Setting{
			Key: s.Key, Shapes: s.Shapes, Samples: s.Samples, Options: s.Options, Engine: s.Engine, CPUClock: s.CPUClock,
			Schedule: s.Schedule, Failures: s.Failures, Changed: s.Changed,
		}
		for _, c := range r.Controls {
			if c.Key == s.Key && c.Name == ControlEngine {
				setting.Warnings = append(setting.Warnings, c.Detail)
			}
		}
		for _, u := range r.Units {
			if u.Key == s.Key {
				setting.Units = append(setting.Units, bench.Unit{UnitRecord: u})
			}
		}
		for _, a := range r.Arms {
			if a.Key != s.Key {
				continue
			}
			if err := a.fill(setting.Units, len(setting.Arms)); err != nil {
				return nil, err
			}
			setting.Arms = append(setting.Arms, bench.RecordedArm{
				Letter: a.Arm, Role: a.Role, Name: a.Name, Path: a.Path, Files: a.Files,
				PeakRSS: a.PeakRSS, Throughput: a.Throughput, Notes: a.Notes, Plan: a.Plan,
			})
		}
		rec.Settings = append(rec.Settings, setting)
	}
	return rec, nil
}

// fill puts the times of an arm into the blocks of the units. at is its place among the arms.
func (a ArmRecord) fill(units []bench.Unit, at int) error {
	if len(a.Units) != len(units) {
		return fmt.Errorf("arm %s of %s has %d units, the measurement %d", a.Arm, a.Name, len(a.Units), len(units))
	}
	for i, u := range a.Units {
		to := &units[i]
		if at == 0 {
			to.Blocks = make([]bench.Block, len(u.Blocks))
		}
		if len(u.Blocks) != len(to.Blocks) {
			return fmt.Errorf("arm %s of %s has %d blocks in unit %d, the first arm %d", a.Arm, a.Name, len(u.Blocks), u.Unit, len(to.Blocks))
		}
		for k, b := range u.Blocks {
			if len(b.Nanoseconds) == 0 {
				return fmt.Errorf("arm %s of %s has no run in block %d of unit %d", a.Arm, a.Name, k, u.Unit)
			}
			block := &to.Blocks[k]
			block.Wall = append(block.Wall, b.Nanoseconds)
			if b.CPU != nil && len(block.CPU) == at {
				block.CPU = append(block.CPU, *b.CPU)
			}
		}
	}
	return nil
}
