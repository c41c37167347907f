package acdeploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/stats"
	"github.com/acdeploy/acdeploy/reports"
)

// Measurement is what was measured.
type Measurement struct {
	Result   *judge.Result  // what was recorded, and what follows from it; never nil
	baseline *reports.Model // nil when that is the model as trained
	missing  []string       // required engines that were not there
	journal  string
	recorded *bench.Recording
}

// Kept is the file in which units are kept until [Measurement.Discard]; "" for none.
func (m *Measurement) Kept() string { return m.journal }

// Discard removes the units that were kept in case of an interruption, once the result is safe. Those of an
// interrupted measurement stay.
func (m *Measurement) Discard() error {
	if m.journal == "" || m.Result.Incomplete {
		return nil
	}
	unlock, held := osfile.LockName(m.journal)
	if !held {
		return nil // it is another measurement's by now
	}
	defer unlock()
	if _, err := os.Lstat(m.journal); err != nil {
		return nil //nolint:nilerr // Nothing was kept, such as in a folder that cannot be written.
	}
	if err := os.Remove(m.journal); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", m.journal, osfile.Cause(err))
	}
	return nil
}

// libraries are the engines' libraries that took part.
func (m *Measurement) libraries() []host.Library {
	found := []host.Library{}
	seen := map[backends.Description]bool{}
	for _, s := range m.Result.Settings {
		if d := s.Engine; d != nil && !seen[*d] {
			seen[*d] = true
			found = append(found, host.Library{Name: d.Name, Path: d.Library, Version: d.Version, SHA256: d.SHA256})
		}
	}
	return found
}

// Describe says in one line what was found.
func (m *Measurement) Describe() string {
	var parts []string
	for _, c := range m.Result.Comparisons {
		parts = append(parts, fmt.Sprintf("%s %s, ratio %.3f", c.Backend, c.Verdict, float64(c.Ratio)))
	}
	for _, s := range m.Result.Skipped {
		parts = append(parts, fmt.Sprintf("%s skipped: %s", label(s.Backend, s.Provider), s.Reason))
	}
	if len(parts) == 0 {
		return "nothing measured"
	}
	return strings.Join(parts, "; ")
}

// figures are the numbers of that sentence.
func (m *Measurement) figures() []slog.Attr {
	verdicts, ratios := []judge.Verdict{}, []bench.Float{}
	for _, c := range m.Result.Comparisons {
		verdicts, ratios = append(verdicts, c.Verdict), append(ratios, c.Ratio)
	}
	return []slog.Attr{slog.Any("verdicts", verdicts), slog.Any("ratios", ratios), slog.Int("skipped", len(m.Result.Skipped))}
}

// Judge is the errors that follow from what was measured.
func (m *Measurement) Judge(gates judge.Gates) error {
	var errs []error
	for _, what := range m.missing {
		errs = append(errs, outcomef(ErrMissing, "required engine %s", what))
	}
	switch {
	case m.Result.Incomplete:
		errs = append(errs, outcomef(ErrInvalid, "the measurement is incomplete"))
	case len(m.Result.Settings) > 0 || len(m.Result.Skipped) > 0 && len(errs) == 0:
		errs = append(errs, m.nothingMeasured())
	}
	for _, c := range m.Result.Comparisons {
		switch {
		case c.Units == 0 && !m.finished(c.Key):
			continue // which is told already
		case c.Verdict == judge.Invalid && gates.Demand():
			errs = append(errs, outcomef(ErrInvalid, "the measurement of %s on %s is invalid: %s", c.Candidate, c.Backend, c.Reason))
			continue
		}
		for _, g := range gates.OfComparison(c) {
			if g.Passed != nil && !*g.Passed {
				errs = append(errs, outcomef(gateKind(g), "%s on %s is %s", c.Candidate, c.Backend, g.Reason))
			}
		}
	}
	return errors.Join(errs...)
}

// repeat measures once more where a gate on the latency failed, and judges both measurements together, at a stricter level: never the better
// of the two. A quick look, which carries no verdict, is left as it is.
func (j *Job) repeat(ctx context.Context, arms Arms, m *Measurement, observe Observer) error {
	o := j.cfg.Measurement()
	if o.Units < stats.MinUnits || !m.fails(j.cfg.Gates) {
		return nil
	}
	observe.warn(StageBench, "a gate on the latency failed; it is measured once more, and both measurements are judged together")
	o.Seed++
	s := benchSettings{options: o, backends: j.backends, data: j.cfg.Verify.Data}
	second, err := j.tools.bench(ctx, arms, s, observe)
	if err != nil {
		return err
	}
	if joined, ok := bench.Join(m.recorded, second.recorded); ok {
		m.Result, m.recorded = judge.Judge(joined), joined
	}
	return nil
}

// fails reports whether a gate that another measurement could still pass was not.
func (m *Measurement) fails(gates judge.Gates) bool {
	for _, c := range m.Result.Comparisons {
		for _, g := range gates.OfComparison(c) {
			if g.Outcome == judge.GateFailed && (g.Name == judge.GateLatency || g.Name == judge.GateSpeedup) {
				return true
			}
		}
	}
	return false
}

// nothingMeasured is the error of a measurement that holds nothing, whatever is asked of it: no engine was there, or one was and no unit
// came to its end.
func (m *Measurement) nothingMeasured() error {
	if len(m.Result.Settings) == 0 {
		if len(m.Result.Skipped) == 0 {
			return outcomef(ErrInvalid, "the report has no latencies")
		}
		s := m.Result.Skipped[0]
		return outcomef(ErrMissing, "no engine could run: %s: %s; %s", label(s.Backend, s.Provider), s.Reason, s.Remedy)
	}
	var errs []error
	for _, s := range m.Result.Settings {
		if !m.finished(s.Key) {
			errs = append(errs, outcomef(ErrInvalid, "nothing was measured on %s: no unit came to its end%s", reports.SettingName(s.Key), lastFailure(s.Failures)))
		}
	}
	return errors.Join(errs...)
}

// finished reports whether an arm has a complete unit under a setting.
func (m *Measurement) finished(setting bench.Key) bool {
	for _, a := range m.Result.Arms {
		if a.Key == setting && slices.ContainsFunc(a.Units, func(u judge.ArmUnit) bool { return u.Complete }) {
			return true
		}
	}
	return false
}

// lastFailure says why the last unit was lost.
func lastFailure(all []bench.Failure) string {
	if len(all) == 0 {
		return ""
	}
	return ": " + all[len(all)-1].Reason
}
