package acdeploy

import (
	"context"
	"errors"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/model"
)

// models are the files of a run, each opened once.
type models struct {
	trained  *model.File
	baseline *model.File // nil for none
	fused    *model.File // nil before it is written
	reshaped bool        // a pass changed the inputs or outputs on purpose
}

// open opens what the job starts from, and checks at once what would otherwise fail late.
func (j *Job) open(ctx context.Context) (*models, error) {
	m := &models{}
	err := m.open(ctx, j.cfg.Model, j.cfg.Baseline)
	if err == nil {
		err = j.preflight(m.trained, m.baseline)
	}
	if err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

// open opens the trained model and the baseline; "" means no baseline.
func (m *models) open(ctx context.Context, trained, baseline string) (err error) {
	if m.trained, err = model.OpenOn(ctx, trained); err != nil || baseline == "" {
		return err
	}
	m.baseline, err = model.OpenOn(ctx, baseline)
	return err
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
	a := Arms{Baseline: m.baseline, Candidates: []*model.File{m.fused}, AsTrained: m.trained, otherOutputs: m.reshaped}
	a.otherInputs = m.reshaped && backends.SameInputs(Declared(m.trained), Declared(m.fused)) != nil
	if a.Baseline == nil {
		a.Baseline, a.AsTrained, a.SameFunction = m.trained, nil, true
	}
	return a
}
