package acdeploy

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// Gate judges a report anew by the gates of a configuration, and measures nothing. Where the configuration asks for another margin, the
// times in the report are judged by it. The report then has the conclusion that follows, which is also the error: as that of
// [Run], nil for a report that passes.
func Gate(r *reports.Report, cfg configs.Config) error {
	cfg = cfg.ForRun()
	given, err := json.Marshal(cfg)
	if err != nil {
		return err
	}
	asked := reports.ReadDemands(given)
	r.Asked = &asked
	err = errors.Join(unfinished(r), gateFused(r, cfg), gateAnswers(r, cfg), gateLatency(r, cfg), gateRun(r))
	was := r.Conclusion
	r.Conclusion = conclusionOf(err)
	if was != nil {
		r.Conclusion.Started, r.Conclusion.Finished = was.Started, was.Finished
	}
	r.Conclude()
	return err
}

// unfinished is the error of a run that did not come to its end: no gate can pass it.
func unfinished(r *reports.Report) error {
	if r.Conclusion == nil {
		return nil
	}
	var errs []error
	for _, why := range r.Conclusion.Reasons {
		switch why.Code {
		case reports.ReasonUsage, reports.ReasonFailed:
			errs = append(errs, fmt.Errorf("the run of this report failed: %s", why.Text))
		case reports.ReasonInterrupted:
			return outcomef(ErrInvalid, "the run of this report was interrupted; acdeploy run --resume goes on")
		case reports.ReasonUnfinished:
			return outcomef(ErrInvalid, "the run of this report came to no end; acdeploy run --resume goes on where it stopped")
		}
	}
	return errors.Join(errs...)
}

// gateFused asks whether anything was fused.
func gateFused(r *reports.Report, cfg configs.Config) error {
	if r.Fuse == nil {
		return nil
	}
	return requireFused(cfg, r.Fuse)
}

// gateAnswers asks for the same answers, for the proof and for the engines that have to be asked.
func gateAnswers(r *reports.Report, cfg configs.Config) error {
	switch {
	case r.Verify != nil:
		found := Verification{Result: r.Verify.Result, Skipped: r.Verify.Skipped, require: verify.Proof(cfg.Gates.Proof), missing: missed(r.Verify.Skipped, cfg)}
		if found.Incomplete != "" {
			return fmt.Errorf("the answers were not compared to the end: %s", found.Incomplete)
		}
		return found.Judge()
	case r.Fuse != nil:
		return outcomef(ErrInvalid, "the report has no comparison of the answers")
	}
	return nil
}

// gateRun asks for all that is neither latency nor proof, which have more to say of themselves.
func gateRun(r *reports.Report) error {
	var errs []error
	for _, g := range r.RunGates() {
		if g.Passed != nil && !*g.Passed && g.Name != judge.GateProof && g.Name != judge.GateAnything {
			errs = append(errs, outcomef(gateKind(g), "%s", g.Reason))
		}
	}
	return errors.Join(errs...)
}

// gateKind is what a gate that is not passed means for the run.
func gateKind(g judge.GateResult) error {
	switch {
	case g.Outcome == judge.GateInvalid:
		return ErrInvalid
	case g.Outcome == judge.GateMissing:
		return ErrMissing
	case g.Name == judge.GateTop1:
		return ErrDiffer
	}
	return ErrGate
}

// gateLatency asks for what the measurement has to show.
func gateLatency(r *reports.Report, cfg configs.Config) error {
	if len(r.Settings) == 0 && len(r.Skipped) == 0 && !cfg.Gates.Demand() {
		return nil
	}
	if margin := cfg.Measurement().Margin; margin != r.Options.Margin {
		rec, err := r.Recording()
		if err != nil {
			return fmt.Errorf("judge the latencies anew: %w", err)
		}
		rec.Options.Margin = margin
		r.Result = *judge.Judge(rec)
	}
	m := Measurement{Result: &r.Result, missing: missed(r.Skipped, cfg)}
	if len(r.Settings) == 0 && len(r.Skipped) == 0 {
		return m.nothingMeasured()
	}
	return m.Judge(cfg.Gates)
}

// Compare compares reports with the first one, and asks for the latencies of the others: with "equivalent", no candidate may have
// become slower against its baseline by more than the margin, and it has to be shown. The document, of two reports a
// [reports.Compare] and of more a [reports.Series], has the outcome, which is also the error: nil for a comparison that passes. Reports
// in which nothing was measured, and those that have nothing in common, never pass.
func Compare(all []*reports.Report, asked judge.LatencyGate) (reports.Document, error) {
	series := reports.NewSeries(all, asked)
	var errs, slower []error
	for _, r := range all {
		m := Measurement{Result: &r.Result}
		for _, e := range Reasons(m.nothingMeasured()) {
			errs = append(errs, fmt.Errorf("%s: %w", r.Path, e))
		}
	}
	for _, c := range series.Against {
		if why := c.NothingInCommon(); why != "" && len(errs) == 0 {
			errs = append(errs, fmt.Errorf("%s and %s have nothing in common: %s", c.First, c.Second, why))
		}
		for _, j := range c.Judged() {
			err := gateCompared(j, asked.Require)
			if errors.Is(err, ErrInvalid) {
				errs = append(errs, err)
				continue
			}
			slower = append(slower, err)
		}
	}
	err := errors.Join(append(errs, slower...)...)
	ended := conclusionOf(err)
	end := reports.Ending{Passed: ended.Passed, ExitCode: ended.ExitCode, Reasons: append([]reports.Reason{}, ended.Reasons...), Gates: series.Gates()}
	if len(all) == 2 {
		series.Against[0].Ending = &end
		return series.Against[0], err
	}
	series.Ending = &end
	return series, err
}

// gateCompared is the error of a candidate that does not show what is asked of it.
func gateCompared(j reports.Judged, require judge.Requirement) error {
	switch j.Outcome {
	case judge.GateInvalid:
		return outcomef(ErrInvalid, "%s: there is no verdict: %s", j.Arm, j.Reason)
	case judge.GateFailed:
		return outcomef(ErrGate, "%s is %s, required is %s: %s", j.Arm, j.Verdict, cmp.Or(require, judge.RequireEquivalent), j.Reason)
	}
	return nil
}

// missed are the required engines among those that were skipped.
func missed(skipped []backends.Skip, cfg configs.Config) []string {
	var names []string
	for _, s := range skipped {
		for _, b := range cfg.Bench.Backends {
			if b.Name == s.Backend && b.Required {
				names = append(names, label(s.Backend, s.Provider)+": "+s.Reason)
				break
			}
		}
	}
	return names
}
