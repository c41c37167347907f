package acdeploy

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/verify"
)

// record gathers the parts of a report as they are done.
type record struct {
	cfg      configs.Config
	fused    *reports.Fuse
	verified *Verification
	measured *Measurement
}

// report is the record so far.
func (r *record) report() (*reports.Report, error) {
	var checked *reports.Verify
	var result *judge.Result
	if r.verified != nil {
		checked = r.verified.Document()
	}
	if r.measured != nil {
		result = r.measured.Result
	}
	doc := reports.New(r.fused, checked, result)
	if r.measured != nil {
		doc.Baseline, doc.Tools = r.measured.Baseline, r.measured.Libraries()
	}
	doc.Schema = reports.SchemaReport
	doc.Seeds = reports.Seeds{Verify: r.cfg.Verify.Seed, Bench: r.cfg.Bench.Seed}
	var err error
	doc.Config, err = json.Marshal(r.cfg)
	return doc, err
}

// keep writes the report so far into its directory.
func (r *record) keep(watch Observer) (*reports.Report, error) {
	watch.begin(StageReport)
	doc, err := r.report()
	if err != nil {
		return doc, err
	}
	note, moved := "", ""
	if !doc.Measured() {
		if moved, err = reports.Rotate(r.cfg.Report); err != nil {
			return doc, err
		}
	}
	if moved != "" {
		note = "; the measurements that were there are now in " + moved
	}
	if err := doc.Write(r.cfg.Report); err != nil {
		return doc, err
	}
	watch.end(StageReport, doc.Path+note)
	return doc, nil
}

// Document is the record of the comparison.
func (v *Verification) Document() *reports.Verify {
	doc := reports.NewVerify(v.Result, v.Skipped)
	doc.Before, doc.After = &v.pair[0], &v.pair[1]
	return doc
}

// Describe says in one line what the comparison found.
func (v *Verification) Describe() string {
	if len(v.Checks) == 0 {
		return "nothing could be compared"
	}
	var parts []string
	for _, c := range v.Checks {
		parts = append(parts, fmt.Sprintf("%s %.1e", c.Backend, worst(c)))
	}
	word := "equal"
	if !v.Equal {
		word = "NOT equal"
	}
	return fmt.Sprintf("%s (%s): %s", word, v.Proof, strings.Join(parts, ", "))
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

// Judge is the errors that follow from what the comparison found.
func (v *Verification) Judge() error {
	var errs []error
	for _, what := range v.missing {
		errs = append(errs, outcomef(ErrMissing, "required engine %s", what))
	}
	switch {
	case len(v.Checks) == 0:
		why := []string{"nothing could run the models"}
		for _, s := range v.Skipped {
			why = append(why, fmt.Sprintf("%s: %s; %s", label(s.Backend, s.Provider), s.Reason, s.Remedy))
		}
		errs = append(errs, outcomef(ErrMissing, "the answers could not be compared: %s", strings.Join(why, "; ")))
	case !v.Equal:
		errs = append(errs, outcomef(ErrDiffer, "the answers differ: %s", v.differences()))
	}
	return errors.Join(errs...)
}

// differences names the checks that failed.
func (v *Verification) differences() string {
	var parts []string
	for _, c := range v.Checks {
		for _, o := range c.Outputs {
			if o.Equal {
				continue
			}
			text := fmt.Sprintf("output %q by %.1e of its scale in %s, allowed are %.1e", o.Name, float64(o.MaxRel), c.Backend, float64(o.Tolerance))
			if o.Detail != "" {
				text += " (" + o.Detail + ")"
			}
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "; ")
}
