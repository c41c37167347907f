package acdeploy

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/html"
	"github.com/acdeploy/acdeploy/verify"
)

// findings are the parts of a report; nil for a part that was not reached.
type findings struct {
	fused    *reports.Fuse
	verified *Verification
	measured *Measurement
	baseline *reports.Model       // before it is measured
	save     func(findings) error // keeps what was found so far, in case the process is killed
}

// saveUnfinished keeps what was found so far.
func (j *Job) saveUnfinished(folder *reports.Folder, f findings) error {
	doc, err := f.document(j.cfg)
	if err != nil {
		return err
	}
	return folder.WriteUnfinished(doc, moment(j.started))
}

// empty reports whether nothing was done yet that a report could tell of.
func (f findings) empty() bool {
	return f.fused == nil && (f.measured == nil || len(f.measured.Result.Settings)+len(f.measured.Result.Skipped) == 0)
}

// report saves what was found in the report's folder, with the outcome: the error of the run, nil for none. Units that
// were kept in case of an interruption go then.
func (j *Job) report(folder *reports.Folder, found findings, outcome error, observe Observer) (*reports.Report, error) {
	if found.empty() { // the error says it all
		observe = nil
	}
	observe.begin(StageReport)
	doc, err := found.document(j.cfg)
	if err != nil {
		return doc, err
	}
	end := ending{folder, j.tools.Formats, j.cfg.Reports, moment(j.started)}
	kept, err := end.publish(doc, outcome)
	if doc.Path == "" {
		return doc, err
	}
	note := ""
	if kept != "" {
		note = "; the measurements that were there are now in " + kept
	}
	observe.end(StageReport, cmp.Or(doc.PagePath, doc.Path)+note, slog.String("path", doc.Path), slog.String("kept", kept))
	if found.measured == nil {
		return doc, err
	}
	return doc, errors.Join(err, found.measured.Discard())
}

// Refuse is for a configuration that cannot be run, for the reason given. Where the report of an earlier run is in the
// folder of its report, one that tells the reason takes its place: it must not pass for the report of this run. Refuse
// returns the reason, with what went wrong besides.
func (t Toolbox) Refuse(cfg configs.Config, why error) error {
	if _, err := os.Lstat(filepath.Join(cfg.Report, reports.FileName)); err != nil || cfg.Report == "" {
		return why
	}
	folder, err := reports.Claim(cfg.Report)
	if err != nil {
		return errors.Join(why, err)
	}
	doc, err := findings{}.document(cfg)
	if err == nil {
		_, err = ending{folder: folder, formats: t.Formats, names: cfg.Reports}.publish(doc, why)
	}
	return errors.Join(why, err, folder.Release())
}

// ending is how a report gets into its folder.
type ending struct {
	folder  *reports.Folder
	formats catalog.Catalog[reports.Format]
	names   []string // of the formats that are asked for beside report.json and the page
	started string   // as reports have it; "" where nothing was begun
}

// publish writes the report with the outcome of its run into the folder, report.json last: what cannot be written fails the run, and that
// has to be said in all that can be.
func (e ending) publish(doc *reports.Report, outcome error) (kept string, err error) {
	e.conclude(doc, outcome)
	unwritten := e.show(doc)
	if unwritten != nil {
		e.conclude(doc, errors.Join(outcome, unwritten))
		_ = errors.Join(e.folder.Forget(e.formats, e.names), e.show(doc)) // what fails now has failed before
	}
	kept, err = e.folder.Write(doc)
	if doc.Path == "" {
		err = errors.Join(err, e.folder.Forget(e.formats, e.names)) // no page of a report that is not there
	}
	return kept, errors.Join(unwritten, err)
}

func (e ending) conclude(doc *reports.Report, outcome error) {
	doc.Conclusion = conclusionOf(outcome)
	doc.Conclusion.Started, doc.Conclusion.Finished = e.started, moment(time.Now())
	doc.Conclude()
}

// show writes the report for people and for other programs.
func (e ending) show(doc *reports.Report) error {
	return errors.Join(e.folder.WritePage(doc, html.Format{}), e.folder.Copy(doc, e.formats, e.names))
}

// moment is a time as reports have it.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// document is the report of what was found.
func (f findings) document(cfg configs.Config) (*reports.Report, error) {
	var checked *reports.Verify
	var result *judge.Result
	if f.verified != nil {
		checked = f.verified.Document()
	}
	if f.measured != nil {
		result = f.measured.Result
	}
	doc := reports.New(f.fused, checked, result)
	doc.Baseline = f.baseline
	if f.measured != nil {
		doc.Baseline, doc.Tools = f.measured.baseline, f.measured.libraries()
	}
	doc.Schema = reports.SchemaReport
	doc.Seeds = reports.Seeds{Verify: cfg.Verify.Seed, Bench: cfg.Bench.Seed}
	var err error
	doc.Config, err = json.Marshal(cfg)
	return doc, err
}

// Report is what [Job.BenchReport] would keep of a measurement, for one that is kept in no folder. Outcome is the error that the measurement
// ends with, nil for none.
func (j *Job) Report(m *Measurement, outcome error) (*reports.Report, error) {
	doc, err := findings{measured: m}.document(j.cfg)
	if err == nil {
		ending{started: moment(j.started)}.conclude(doc, outcome)
	}
	return doc, err
}

// Document is the record of the comparison.
func (v *Verification) Document() *reports.Verify {
	doc := reports.NewVerify(v.Result, v.Skipped)
	doc.Before, doc.After = &v.pair[0], &v.pair[1]
	return doc
}

// Describe says in one line what the comparison found.
func (v *Verification) Describe() string {
	if len(v.Checks) == 0 && v.Algebra == nil {
		return "nothing could be compared"
	}
	var parts []string
	if a := v.Algebra; a != nil {
		what := "rewritten region"
		if v.Proof == verify.RoundingOnly {
			what = "region"
		}
		parts = append(parts, fmt.Sprintf("%d of %s", a.Compared, human.Count(a.Regions, what)))
	}
	for _, c := range v.Checks {
		parts = append(parts, fmt.Sprintf("%s %.1e", c.Backend, worst(c)))
	}
	word := "equal"
	if !v.Equal {
		word = "NOT equal"
	}
	return fmt.Sprintf("%s (%s): %s", word, v.Proof, strings.Join(parts, ", "))
}

// figures are the numbers of that sentence.
func (v *Verification) figures() []slog.Attr {
	found := []slog.Attr{slog.Bool("equal", v.Equal), slog.String("proof", string(v.Proof)), slog.Int("checks", len(v.Checks)), slog.Int("skipped", len(v.Skipped))}
	if a := v.Algebra; a != nil {
		found = append(found, slog.Int("regions", a.Regions), slog.Int("regions_compared", a.Compared))
	}
	return found
}

// worst is the largest relative difference of a check.
func worst(c verify.Check) float64 {
	w := 0.0
	for _, o := range c.Outputs {
		if v := float64(o.MaxRel); !(v <= w) {
			w = v
		}
	}
	return w
}

// Judge is the errors that follow from what the comparison found. A proof that is too weak is no error of its own
// where the answers differ.
func (v *Verification) Judge() error {
	var errs []error
	for _, what := range v.missing {
		errs = append(errs, outcomef(ErrMissing, "required engine %s", what))
	}
	weak := ""
	if !v.Proof.AtLeast(v.require) {
		weak = fmt.Sprintf("the proof is %s, %s is required%s", v.Proof, v.require, v.missingProof())
	}
	switch {
	case v.nothingCompared():
		why := []string{"nothing could run the models"}
		for _, s := range v.Skipped {
			why = append(why, fmt.Sprintf("%s: %s; %s", label(s.Backend, s.Provider), s.Reason, s.Remedy))
		}
		errs = append(errs, outcomef(ErrMissing, "the answers could not be compared: %s", strings.Join(why, "; ")))
	case !v.Equal && weak != "":
		return errors.Join(append(errs, outcomef(ErrDiffer, "the answers differ: %s; %s", v.differences(), weak))...)
	case !v.Equal:
		errs = append(errs, outcomef(ErrDiffer, "the answers differ: %s", v.differences()))
	}
	if weak != "" {
		errs = append(errs, outcomef(ErrGate, "%s", weak))
	}
	return errors.Join(errs...)
}

// nothingCompared reports that there is no statement about the answers: no difference is known, and nothing was run that would show
// that there is none.
func (v *Verification) nothingCompared() bool {
	switch {
	case len(v.Checks) > 0 || v.Bytes.Off(v.Proof != verify.RoundingOnly):
		return false
	case v.Algebra == nil:
		return true
	}
	return v.Algebra.Equal() && (v.Proof == verify.RoundingOnly || !v.Algebra.Complete())
}

// missingProof says why a proof is no stronger.
func (v *Verification) missingProof() string {
	switch {
	case v.Algebra != nil && len(v.Algebra.RoundingOnly) > 0:
		return fmt.Sprintf(": %s, such as %q, of what a program changed; proof: rounding_only in the section gates allows it", human.Count(len(v.Algebra.RoundingOnly), "value"), v.Algebra.RoundingOnly[0])
	case v.Proof == verify.RoundingOnly:
		return ": the passes, with the options that are given, do not make the second file of the first"
	case v.Algebra == nil || len(v.Algebra.NotCompared) == 0:
		return ""
	}
	first := v.Algebra.NotCompared[0]
	return fmt.Sprintf(": %s could not be compared, such as %q: %s", human.Count(len(v.Algebra.NotCompared), "rewritten region"), first.Value, first.Reason)
}

// differences names the regions and the checks that failed.
func (v *Verification) differences() string {
	var parts []string
	if v.Algebra != nil && !v.Algebra.Equal() {
		w := v.Algebra.Worst
		parts = append(parts, fmt.Sprintf("value %q, which node %s computes, by %.1e of its scale in float64, the limit is %.1e", w.Value, w.Node, float64(w.MaxRel), float64(w.Bound)))
	}
	if v.Bytes.Off(v.Proof != verify.RoundingOnly) {
		parts = append(parts, v.Bytes.String())
	}
	for _, c := range v.Checks {
		for _, o := range c.Outputs {
			if o.Equal {
				continue
			}
			text := fmt.Sprintf("output %q by %.1e of its scale in %s, the limit is %.1e", o.Name, float64(o.MaxRel), c.Backend, float64(o.Tolerance))
			if o.Detail != "" {
				text += " (" + o.Detail + ")"
			}
			parts = append(parts, text)
			if c.Layers {
				break // what comes after it follows from it
			}
		}
		if c.PartsAt != nil && !c.Layers {
			parts = append(parts, fmt.Sprintf("the models part at %q, which node %s computes", c.PartsAt.Value, c.PartsAt.Node))
		}
	}
	return strings.Join(parts, "; ")
}
