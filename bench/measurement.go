package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// The numbers of the warm-up.
const (
	warmUpWindow    = 50 * time.Millisecond
	warmUpLimit     = time.Second
	warmUpAgreement = 0.02
)

// measurement is what was found under one setting.
type measurement struct {
	Runner
	job       Job
	setting   setting
	plan      Plan // fixed by the first unit
	planned   bool
	engine    *backends.Description
	cpuClock  string
	units     []unit
	target    int          // units that were or are to be measured
	lost      int          // of them
	done      map[int]bool // units that came out of the journal
	plansKept bool         // in the journal
	failures  []Failure
	plans     []*backends.Plan
	costs     []cost        // of each arm
	warnings  []string      // of the engine
	asked     bool          // for the plans, which one unit tells
	needs     time.Duration // that would have sufficed

	statistic string                   // how runs become the time of a block
	time      func(block, int) float64 // that time, of an arm
	// interrupted is set when the caller gave up.
	interrupted bool
}

// unit is what one worker measured.
type unit struct {
	UnitRecord
	blocks []block
}

// block holds the times of one block by arm.
type block struct {
	wall [][]int64
	cpu  []int64 // nil where unavailable
}

// run measures unit by unit, until a look finds the measurement precise enough or it was the last.
func (m *measurement) run(ctx context.Context) error {
	m.restore()
	looks := m.job.Options.looks()
	for i, units := range looks {
		if i > 0 && m.precise() {
			break
		}
		more, err := m.upTo(ctx, units)
		if err != nil || !more {
			return err
		}
	}
	m.Progress(m.progress(looks[len(looks)-1], 0))
	return nil
}

// upTo measures until there are so many units. Losing a worker costs a unit, retried once; when too many
// are lost for a verdict, no more are tried.
func (m *measurement) upTo(ctx context.Context, want int) (more bool, err error) {
	from := m.target
	m.target = want
	least := min(want, stats.MinUnits)
	for i := from; i < want; i++ {
		if m.done[i] {
			continue
		}
		if want-m.lost < least {
			return false, nil
		}
		m.Progress(m.progress(i, 0))
		err := m.unit(ctx, i)
		if ctx.Err() == nil && !fatal(err) {
			m.keep(i)
		}
		switch {
		case ctx.Err() != nil:
			m.interrupted = true
			return false, ctx.Err()
		case fatal(err):
			return false, err
		case err != nil:
			m.lost++
		}
	}
	return want-m.lost >= least, nil
}

// precise reports whether the interval of every candidate is narrow enough.
func (m *measurement) precise() bool {
	good := m.good()
	of := location(statistic(good))
	for i, a := range m.setting.arms {
		if a.role == RoleCandidate && !m.paired(logRatios(good, i, of)).Precise() {
			return false
		}
	}
	return true
}

// fatal reports whether an error would meet every unit: an engine that is not there, or that refuses a
// model.
func fatal(err error) bool {
	var refused *refusedError
	return errors.Is(err, backends.ErrUnavailable) || errors.As(err, &refused)
}

// refusedError is an engine's refusal to open a model.
type refusedError struct{ error }

func (e *refusedError) Unwrap() error { return e.error }

func (m *measurement) progress(done, block int) Progress {
	looks := m.job.Options.looks()
	total := looks[len(looks)-1]
	return Progress{
		Stage: m.setting.stage(), Done: m.setting.index*total + done, Total: m.setting.total * total,
		Block: block, Blocks: m.plan.Blocks,
	}
}

// unit measures one unit in a fresh worker, with a second try.
func (m *measurement) unit(ctx context.Context, index int) error {
	var err error
	for attempt := range 2 {
		u := unit{UnitRecord: UnitRecord{
			Key: m.setting.key(), Unit: index, Attempt: attempt, Orders: []string{}, Answers: []Answer{},
			CPUs: append([]int{}, m.cpus(index, attempt)...),
		}}
		before := m.load()
		err = m.attempt(ctx, &u)
		u.Load = m.load().Since(before)
		u.Complete = err == nil
		if err == nil || (ctx.Err() != nil && len(u.blocks) > 0) {
			m.units = append(m.units, u)
			return err
		}
		if ctx.Err() != nil || fatal(err) {
			return err
		}
		m.failures = append(m.failures, Failure{Unit: index, Attempt: attempt, Reason: err.Error()})
	}
	return err
}

// attempt drives one worker through a unit and puts what it measures into u.
func (m *measurement) attempt(ctx context.Context, u *unit) error {
	worker, err := launch(ctx, m.Launch, m.job.Options.Timeout)
	if err != nil {
		return &refusedError{err}
	}
	defer worker.close(ctx)
	rng := generator(m.job.Options.Seed, m.setting.index, u.Unit, u.Attempt)
	arms := len(m.setting.arms)
	if err := m.open(ctx, worker, u, rng.Perm(arms)); err != nil {
		return err
	}
	if err := m.warmUp(ctx, worker, u, order(rng, arms, 2)); err != nil {
		return err
	}
	for k := range m.plan.Blocks {
		seq := order(rng, arms, m.plan.Runs)
		r, err := worker.ask(ctx, request{Op: opBlock, Order: seq})
		if err != nil {
			return err
		}
		if seq, err = ran(r.Block, seq); err != nil {
			return err
		}
		b, err := split(r.Block, seq, arms)
		if err != nil {
			return err
		}
		m.warn(r.Block.Warnings)
		u.blocks = append(u.blocks, b)
		u.Orders = append(u.Orders, letters(seq))
		m.Progress(m.progress(u.Unit, k+1))
	}
	r, err := worker.ask(ctx, request{Op: opAnswers, Answers: &answersRequest{
		Pairs: m.setting.pairs(), Tolerance: float64(m.job.Options.Tolerance),
	}})
	if err != nil {
		return err
	}
	u.Answers = r.Answers
	if len(u.Answers) != arms+len(m.setting.pairs()) {
		return fmt.Errorf("worker compared %d answers instead of %d", len(u.Answers), arms+len(m.setting.pairs()))
	}
	return m.askPlans(ctx, worker)
}

// askPlans asks the first worker that comes so far what its engine runs, and no other.
func (m *measurement) askPlans(ctx context.Context, worker *client) error {
	if m.asked {
		return nil
	}
	m.asked = true
	r, err := worker.ask(ctx, request{Op: opPlans})
	if err != nil {
		return err
	}
	if len(r.Plans) != len(m.setting.arms) {
		return fmt.Errorf("worker told %d plans of %d arms", len(r.Plans), len(m.setting.arms))
	}
	m.plans = r.Plans
	return nil
}

// open has the worker open all arms.
func (m *measurement) open(ctx context.Context, worker *client, u *unit, creation []int) error {
	models := make([]backends.Model, len(m.setting.arms))
	for i, a := range m.setting.arms {
		models[i] = a.Model
	}
	r, err := worker.ask(ctx, request{Op: opOpen, Open: &openRequest{
		Backend: m.setting.spec, Models: models, Order: creation, Inputs: m.setting.inputs, Seed: m.job.Options.Seed, CPUs: u.CPUs,
	}})
	var said engineError
	switch {
	case errors.As(err, &said):
		return &refusedError{err}
	case err != nil:
		return err
	case r.Opened == nil:
		return errors.New("worker opened nothing")
	}
	u.Open = r.Opened.Nanoseconds
	m.engine, m.cpuClock = r.Opened.Engine, r.Opened.CPUClock
	return nil
}

// warmUp has the worker warm up; the first time, it plans the rest of the measurement.
func (m *measurement) warmUp(ctx context.Context, worker *client, u *unit, seq []int) error {
	r, err := worker.ask(ctx, request{Op: opWarmUp, WarmUp: &warmUpRequest{
		Order: seq, Window: int64(warmUpWindow), Limit: int64(warmUpLimit), Agreement: warmUpAgreement,
	}})
	switch {
	case err != nil:
		return err
	case r.WarmUp == nil || len(r.WarmUp.Medians) != len(m.setting.arms):
		return errors.New("worker did not say how the warm-up went")
	}
	u.WarmUp = r.WarmUp.WarmUp
	if err := m.slowDown(ctx, worker); err != nil {
		return err
	}
	if m.planned {
		return nil
	}
	round := time.Duration(0)
	for _, median := range r.WarmUp.Medians {
		round += time.Duration(median)
	}
	o := m.job.Options
	share := o.Duration * time.Duration(len(m.job.Candidates)) / time.Duration(o.Units)
	if process := time.Duration(r.WarmUp.Process); process > 0 {
		spent := time.Duration(u.Open + u.WarmUp.Nanoseconds)
		m.plan, m.planned = planTimers(r.WarmUp.Medians, process, share-spent, o.Blocks), true
		m.needs = (spent + time.Duration(m.plan.Block)) * time.Duration(o.Units) / time.Duration(len(m.job.Candidates))
		return nil
	}
	m.needs = needs(round, time.Duration(u.Open+u.WarmUp.Nanoseconds)) * time.Duration(o.Units) / time.Duration(len(m.job.Candidates))
	m.plan, m.planned = plan(round, share-time.Duration(u.Open+u.WarmUp.Nanoseconds), o.Blocks), true
	return nil
}

// split sorts the times of a block by arm.
func split(times *blockTimes, seq []int, arms int) (block, error) {
	if times == nil || len(times.Nanoseconds) != len(seq) || (times.CPU != nil && len(times.CPU) != arms) {
		return block{}, fmt.Errorf("worker did not time the %d runs of a block", len(seq))
	}
	b := block{wall: make([][]int64, arms), cpu: times.CPU}
	for i, ns := range times.Nanoseconds {
		if ns < 0 {
			return block{}, fmt.Errorf("worker timed a run as %d ns", ns)
		}
		b.wall[seq[i]] = append(b.wall[seq[i]], ns)
	}
	return b, nil
}
