package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/stats"
	"github.com/acdeploy/acdeploy/worker"
)

// measurement fills in what is measured under one condition.
type measurement struct {
	Runner
	job       Job
	condition condition
	before    *Recording // of the conditions before
	found     *Setting

	target    int          // units that are to be measured before the next look
	scheduled bool         // found.Schedule is fixed, by the first unit
	done      map[int]bool // units that came out of the journal
	lost      int          // units that no attempt measured
	asked     bool         // for the engine's plans, which one unit tells
	plansKept bool         // in the journal
	ahead     bool         // it was said what follows from the time of the first unit
}

// start has nothing measured yet.
func (r Runner) start(job Job, c condition, before *Recording) *measurement {
	m := &measurement{Runner: r, job: job, condition: c, before: before, done: map[int]bool{}}
	m.found = &Setting{Key: c.key(), Shapes: c.shapes(), Samples: len(c.samples), Options: c.spec.Options, Failures: []Failure{}}
	for i, a := range c.arms {
		m.found.Arms = append(m.found.Arms, RecordedArm{
			Letter: letter(i), Role: a.role, Name: a.Name, Path: a.Model.Path, Files: a.Files, Notes: []string{},
		})
	}
	return m
}

// run measures unit by unit, until a look finds that there are enough or it was the last.
func (m *measurement) run(ctx context.Context) error {
	m.restore()
	looks := m.job.Options.Looks()
	for i, units := range looks {
		if i > 0 && m.enough() {
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

// enough asks the stopping rule.
func (m *measurement) enough() bool {
	so := *m.before
	so.Settings = append(slices.Clone(so.Settings), *m.found)
	return m.Enough(so)
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
		begun := m.Now()
		err := m.unit(ctx, i)
		if err == nil {
			m.lookAhead(m.Now().Sub(begun))
		}
		if ctx.Err() == nil && !fatal(err) && m.found.Changed == "" {
			m.keep(i)
		}
		switch {
		case ctx.Err() != nil:
			return false, ctx.Err()
		case m.found.Changed != "":
			return false, nil
		case fatal(err):
			return false, err
		case err != nil:
			m.lost++
		}
	}
	return want-m.lost >= least, nil
}

// fatal reports whether an error would meet every unit: an engine that is not there, or that refuses a
// model.
func fatal(err error) bool {
	var refused *refusedError
	return errors.Is(err, backends.ErrUnavailable) || errors.As(err, &refused)
}

func (m *measurement) progress(done, block int) Progress {
	looks := m.job.Options.Looks()
	total := looks[len(looks)-1]
	return Progress{
		Stage: m.condition.stage(), Done: m.condition.index*total + done, Total: m.condition.total * total,
		Block: block, Blocks: m.found.Schedule.Blocks,
	}
}

// timed tells that nothing should disturb the machine now.
func (m *measurement) timed(unit, block int) {
	p := m.progress(unit, block)
	p.Timed = true
	m.Progress(p)
}

// unit measures one unit in a fresh worker, with a second try.
func (m *measurement) unit(ctx context.Context, index int) error {
	var err error
	for attempt := range 2 {
		u := Unit{UnitRecord: UnitRecord{
			Key: m.condition.key(), Unit: index, Attempt: attempt, Orders: []string{}, Answers: []Answer{},
			CPUs: append([]int{}, m.cpus(index, attempt)...),
		}}
		err = m.attempt(ctx, &u)
		if m.changed() {
			return nil
		}
		u.Complete = err == nil
		if err == nil || (ctx.Err() != nil && len(u.Blocks) > 0) {
			m.found.Units = append(m.found.Units, u)
			return err
		}
		if ctx.Err() != nil || fatal(err) {
			return err
		}
		m.found.Failures = append(m.found.Failures, Failure{Unit: index, Attempt: attempt, Reason: err.Error()})
	}
	return err
}

// errChanged ends a unit whose files are not those that were to be measured.
var errChanged = errors.New("a file changed")

// changed reports whether a file is another one than it was, and notes which.
func (m *measurement) changed() bool {
	if m.found.Changed == "" {
		m.found.Changed = m.Watch.Changed()
	}
	return m.found.Changed != ""
}

// attempt drives one worker through a unit and puts what it measures into u.
func (m *measurement) attempt(ctx context.Context, u *Unit) error {
	w, err := worker.Start(ctx, m.Launch, m.job.Options.Timeout)
	if err != nil {
		return &refusedError{err}
	}
	defer w.Close(ctx)
	rng := generator(m.job.Options.Seed, m.condition.index, u.Unit, u.Attempt)
	arms := len(m.condition.arms)
	engineTimed, err := m.open(ctx, w, u, rng.Perm(arms))
	if err != nil {
		return err
	}
	if err := m.warmUp(ctx, w, u, Interleaved(rng, arms, 2), engineTimed); err != nil {
		return err
	}
	if err := m.blocks(ctx, w, u, rng, engineTimed); err != nil {
		return err
	}
	if err := m.answers(ctx, w, u); err != nil {
		return err
	}
	return m.askPlans(ctx, w)
}

// blocks has the worker time block by block, and notes what disturbed it meanwhile.
func (m *measurement) blocks(ctx context.Context, w *worker.Client, u *Unit, rng *rand.Rand, engineTimed bool) error {
	before := m.Load()
	defer func() { u.Load = m.Load().Since(before) }()
	arms := len(m.condition.arms)
	for k := range m.found.Schedule.Blocks {
		req := worker.TimeRequest{Order: Interleaved(rng, arms, m.found.Schedule.Runs), Each: 1}
		if engineTimed {
			req = worker.TimeRequest{Order: Interleaved(rng, arms, 2), Each: m.found.Schedule.Runs / 2}
		}
		m.timed(u.Unit, k)
		times, err := w.Time(ctx, req)
		if err != nil {
			return err
		}
		m.warn(times.Warnings)
		b, seq, err := split(times, req, arms)
		if err != nil {
			return err
		}
		u.Blocks = append(u.Blocks, b)
		u.Orders = append(u.Orders, letters(seq))
		m.Progress(m.progress(u.Unit, k+1))
	}
	return nil
}

// open has the worker open all arms, and says whether the engine times itself.
func (m *measurement) open(ctx context.Context, w *worker.Client, u *Unit, creation []int) (engineTimed bool, err error) {
	engine, err := w.Check(ctx, worker.CheckRequest{Backend: m.condition.spec, CPUs: u.CPUs})
	if _, died := errors.AsType[*worker.Died](err); died && m.condition.spec.Library != "" {
		err = fmt.Errorf("%w, library %s", err, m.condition.spec.Library)
	}
	if err != nil {
		return false, refused(err)
	}
	models := make([]backends.Model, len(m.condition.arms))
	for i, a := range m.condition.arms {
		models[i] = a.Model
	}
	opened, err := w.Open(ctx, worker.OpenRequest{
		Models: models, Order: creation, Inputs: m.condition.inputs, Seed: m.job.Options.Seed, Given: m.condition.sample(u.Unit),
	})
	if m.changed() {
		return false, errChanged
	}
	if err != nil {
		return false, m.condition.rejected(refused(err))
	}
	u.Open = opened.Nanoseconds
	if len(opened.Starts) == len(models) && !opened.EngineTimed {
		u.Starts = opened.Starts
	}
	m.found.Engine, m.found.CPUClock = engine, opened.CPUClock
	return opened.EngineTimed, nil
}

// answers has every arm run once more and compares what they answer.
func (m *measurement) answers(ctx context.Context, w *worker.Client, u *Unit) error {
	pairs := m.condition.pairs()
	r, err := w.Run(ctx, worker.RunRequest{Runs: 1, Pairs: pairs, Tolerance: float64(m.job.Options.Tolerance)})
	if err != nil {
		return err
	}
	if want := len(m.condition.arms) + len(pairs); len(r.Agreements) != want {
		return fmt.Errorf("worker compared %d answers instead of %d", len(r.Agreements), want)
	}
	for _, a := range r.Agreements {
		rel := math.Inf(1)
		if a.MaxRel != nil {
			rel = *a.MaxRel
		}
		u.Answers = append(u.Answers, Answer{
			Arm: letter(a.Arm), With: letter(a.With), MaxRel: Float(rel), Equal: a.Equal, Detail: a.Detail,
		})
	}
	return nil
}

// askPlans asks the first worker that comes so far what its engine runs, and no other.
func (m *measurement) askPlans(ctx context.Context, w *worker.Client) error {
	if m.asked {
		return nil
	}
	m.asked = true
	plans, err := w.Plans(ctx)
	if err != nil {
		return err
	}
	if len(plans) != len(m.found.Arms) {
		return fmt.Errorf("worker told the plans of %d arms instead of %d", len(plans), len(m.found.Arms))
	}
	for i, p := range plans {
		m.found.Arms[i].Plan = p
	}
	return nil
}

// warn keeps what an engine warned of, each text once.
func (m *measurement) warn(texts []string) {
	for _, text := range texts {
		if !slices.Contains(m.found.Warnings, text) {
			m.found.Warnings = append(m.found.Warnings, text)
		}
	}
}

// split sorts the times of a block by arm, and says which arm each run was of.
func split(times worker.Times, req worker.TimeRequest, arms int) (Block, []int, error) {
	runs := len(req.Order) * req.Each
	if len(times.Nanoseconds) != runs || (times.CPU != nil && len(times.CPU) != arms) || (times.Alone != nil && len(times.Alone) != arms) {
		return Block{}, nil, fmt.Errorf("worker did not time the %d runs of a block", runs)
	}
	b := Block{Wall: make([][]int64, arms), CPU: times.CPU, Alone: times.Alone}
	seq := make([]int, runs)
	for i, ns := range times.Nanoseconds {
		arm := req.Order[i/req.Each]
		seq[i] = arm
		b.Wall[arm] = append(b.Wall[arm], ns)
	}
	return b, seq, nil
}
