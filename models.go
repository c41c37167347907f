package acdeploy

import (
	"errors"

	"github.com/acdeploy/acdeploy/model"
)

// models are the files of a run, each opened once.
type models struct {
	trained  *model.File
	baseline *model.File // nil for none
	fused    *model.File // nil before it is written
}

// open opens what the run starts from, and checks at once what would otherwise fail late.
func (p plan) open() (m models, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, m.close())
		}
	}()
	if m.trained, err = model.Open(p.model); err != nil {
		return m, err
	}
	if p.baseline != "" {
		if m.baseline, err = model.Open(p.baseline); err != nil {
			return m, err
		}
	}
	return m, p.preflight(m.trained, m.baseline)
}

func (m *models) close() error {
	var errs []error
	for _, f := range []*model.File{m.trained, m.baseline, m.fused} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// arms are those of a run: the fused model against the baseline or, without one, against the model as trained.
func (m *models) arms() Arms {
	a := Arms{Baseline: m.baseline, Candidates: []*model.File{m.fused}, AsTrained: m.trained}
	if a.Baseline == nil {
		a.Baseline, a.AsTrained, a.SameFunction = m.trained, nil, true
	}
	return a
}
