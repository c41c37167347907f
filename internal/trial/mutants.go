package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/internal/memo"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/tensor"
)

// mutantRow is what is known of a network of one type with one head.
type mutantRow struct {
	Group      string         `json:"group"`
	Network    string         `json:"network"`
	Type       string         `json:"type"`
	Head       string         `json:"head"`
	Setup      setup          `json:"setup"`
	Skipped    string         `json:"skipped,omitempty"` // why it is left out
	Alarms     []string       `json:"alarms,omitempty"`  // sound models that were called different
	Unsure     []string       `json:"unsure,omitempty"`  // and those that could not be compared
	Mutants    int            `json:"mutants"`
	SameBytes  int            `json:"same_bytes"`     // of them: the file is the same
	SameValues int            `json:"same_values"`    // and of the others: every region has the same values
	Noticed    map[string]int `json:"noticed"`        // by way, kind and statement
	Told       []string       `json:"told,omitempty"` // not noticed: next to nothing of a layer that a warning names
	Missed     []string       `json:"missed,omitempty"`
	OnEngine   [2]int         `json:"on_engine"` // mutants that an engine ran, and those that its statement notices alone
	Seconds    float64        `json:"seconds"`
}

// setup is where and with what a row was made.
type setup struct {
	Program string `json:"program"` // revision
	CPU     string `json:"cpu"`
	Cores   int    `json:"cores"`
}

func (r mutantRow) name() string { return strings.Join([]string{r.Network, r.Type, r.Head}, ", ") }

// mutants is the study of mutants as far as it has come.
type mutants struct {
	tools    acdeploy.Toolbox
	engine   []acdeploy.Backend // to sample; none where it is not here
	subjects []subject
	types    []tensor.Type
	heads    []string
	each     int // mutants of each network, type and head
	workers  int // that try at the same time, at least one
	memory   int // bytes that each worker remembers
	setup    setup
	lock     sync.Mutex // of the rows
	rows     []mutantRow
	keep     func([]mutantRow) error
}

// unit is a network of one type. The k-th mutant is the same one under each of its heads, so what a region of it computes is
// computed once.
type unit struct {
	subject
	elem  tensor.Type
	whole string // the head with which models are compared from one end to the other
}

// units are all networks of all types, the small ones first, so that a study that is interrupted has finished most.
func (s *mutants) units() []unit {
	var all []unit
	for k, sub := range s.subjects {
		for t, elem := range s.types {
			// A head hides what is before it, and no region looks through it: one head is enough to compare the whole.
			all = append(all, unit{sub, elem, s.heads[(k+t)%len(s.heads)]})
		}
	}
	slices.SortStableFunc(all, func(a, b unit) int { return cmp.Compare(a.bytes, b.bytes) })
	return all
}

// try draws what is not drawn yet. Each worker has a network of one type at a time.
func (s *mutants) try(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	units := make(chan unit)
	var running sync.WaitGroup
	errs := make([]error, max(1, s.workers))
	for w := range errs {
		running.Go(func() {
			for u := range units {
				if errs[w] = s.unit(ctx, u); errs[w] != nil {
					errs[w] = fmt.Errorf("%s, %s: %w", u.name, u.elem, errs[w])
					stop()
					return
				}
			}
		})
	}
	for _, u := range s.units() {
		select {
		case units <- u:
		case <-ctx.Done():
		}
	}
	close(units)
	running.Wait()
	return errors.Join(errs...)
}

// row is that of a network of one type with one head; a new one where there is none.
func (s *mutants) row(u unit, head string) mutantRow {
	s.lock.Lock()
	defer s.lock.Unlock()
	k := slices.IndexFunc(s.rows, func(r mutantRow) bool { return r.is(u, head) })
	if k >= 0 {
		r := s.rows[k]
		r.Noticed = maps.Clone(r.Noticed)
		return r
	}
	return mutantRow{Group: u.group, Network: u.name, Type: u.elem.String(), Head: head, Noticed: map[string]int{}}
}

func (r mutantRow) is(u unit, head string) bool {
	return r.Group == u.group && r.Network == u.name && r.Type == u.elem.String() && r.Head == head
}

// note keeps what is known by now of a network of one type.
func (s *mutants) note(u unit, trials []*trialOf) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	for _, t := range trials {
		r := t.row
		r.Noticed = maps.Clone(r.Noticed)
		if k := slices.IndexFunc(s.rows, func(r mutantRow) bool { return r.is(u, t.row.Head) }); k >= 0 {
			s.rows[k] = r
		} else {
			s.rows = append(s.rows, r)
		}
	}
	return s.keep(s.rows)
}

// trialOf is a network of one type with one head while it is tried.
type trialOf struct {
	row  mutantRow
	cell *cell // nil where it is left out
}

// unit draws mutants of a network of one type, each with all heads, until there are as many as asked for.
func (s *mutants) unit(ctx context.Context, u unit) (err error) {
	folder, err := os.MkdirTemp("", "acdeploy-trial-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	tools := s.tools
	tools.Exact = memo.New(s.memory).Open(tools.Exact)
	var trials []*trialOf
	defer func() {
		for _, t := range trials {
			if t.cell != nil {
				err = errors.Join(err, t.cell.close())
			}
		}
	}()
	for _, head := range s.heads {
		t := &trialOf{row: s.row(u, head)}
		if t.row.Skipped != "" || t.row.Mutants >= s.each {
			continue
		}
		trials = append(trials, t)
		if err := t.timed(func() error { return s.open(ctx, tools, u, t, filepath.Join(folder, head)) }); err != nil {
			return err
		}
	}
	for k := range s.each {
		for _, t := range trials {
			if t.row.Mutants != k || t.row.Skipped != "" {
				continue
			}
			if err := t.timed(func() error { return s.draw(ctx, u, t) }); ctx.Err() != nil {
				return ctx.Err()
			} else if err != nil {
				t.row.Skipped = fmt.Sprintf("mutant %d: %v", k, err)
			}
		}
		if len(trials) > 0 {
			if err := s.note(u, trials); err != nil {
				return err
			}
		}
	}
	for _, t := range trials {
		fmt.Printf("%s: %s\n", t.row.name(), t.row.summary())
	}
	return nil
}

// timed does something, and adds the time that it takes to the row.
func (t *trialOf) timed(do func() error) error {
	start := time.Now()
	err := model.Do(do)
	t.row.Seconds += time.Since(start).Seconds()
	return err
}

// open opens a network with a head. Where it cannot be had, the row says why. The first row of it has the right model compared.
func (s *mutants) open(ctx context.Context, tools acdeploy.Toolbox, u unit, t *trialOf, folder string) (err error) {
	t.row.Setup = s.setup
	if err := os.Mkdir(folder, 0o755); err != nil {
		return err
	}
	if t.cell, err = openCell(ctx, tools, u.subject, u.elem, t.row.Head, folder); err != nil {
		t.cell = nil
		if ctx.Err() == nil {
			t.row.Skipped = err.Error()
		}
		return ctx.Err()
	}
	if t.row.Mutants > 0 || t.row.Head != u.whole {
		return nil
	}
	if err := s.right(ctx, t.cell, &t.row); err != nil && ctx.Err() == nil {
		t.row.Skipped = err.Error()
	}
	return ctx.Err()
}

func (r mutantRow) summary() string {
	if r.Skipped != "" {
		return "skipped: " + r.Skipped
	}
	line := fmt.Sprintf("%d mutants, %d equivalent, ", r.Mutants, r.SameBytes+r.SameValues)
	if len(r.Told) > 0 {
		line += fmt.Sprintf("%d told of, ", len(r.Told))
	}
	lines := []string{line + fmt.Sprintf("%d missed", len(r.Missed))}
	for _, a := range r.Alarms {
		lines = append(lines, "  false alarm: "+a)
	}
	for _, m := range r.Missed {
		lines = append(lines, "  missed: "+m)
	}
	return strings.Join(lines, "\n")
}

// right notes whether the sound model is called different.
func (s *mutants) right(ctx context.Context, c *cell, r *mutantRow) error {
	r.Alarms, r.Unsure = nil, nil
	for _, w := range []way{inMemory, foreign} {
		alarm, unsure, err := c.right(ctx, w)
		if err != nil {
			return fmt.Errorf("the sound model, %s: %w", w, err)
		}
		if alarm != "" {
			r.Alarms = append(r.Alarms, fmt.Sprintf("%s: %s", w, alarm))
		}
		if unsure != "" {
			r.Unsure = append(r.Unsure, fmt.Sprintf("%s: %s", w, unsure))
		}
	}
	return nil
}

// draw tries one more mutant.
func (s *mutants) draw(ctx context.Context, u unit, t *trialOf) error {
	k := t.row.Mutants
	kinds := mutant.Kinds()
	first := seedOf(u.name, " ", u.elem) % uint64(len(kinds)) // another kind for each network and type
	m := mutantOf{kinds[(int(first)+k)%len(kinds)], epsilonOf(u.elem), seedOf(u.name, " ", u.elem, " ", k)}
	t.cell.settings.Backends = nil
	if k%sample == 0 && t.row.Head == u.whole {
		t.cell.settings.Backends = s.engine
	}
	o, ok, err := t.cell.try(ctx, m)
	if err != nil {
		return err
	}
	if !ok {
		t.row.Skipped = "it has no place for a fault"
		return nil
	}
	t.row.add(o)
	return nil
}

// sample is how many mutants there are for each that an engine runs too.
const sample = 30

// add counts a mutant.
func (r *mutantRow) add(o *outcome) {
	r.Mutants++
	r.OnEngine[0] += o.onEngine[0]
	r.OnEngine[1] += o.onEngine[1]
	switch {
	case o.sameBytes:
		r.SameBytes++
		return
	case o.sameValue:
		r.SameValues++
		return
	}
	for _, w := range ways() {
		v := o.in[w]
		line := fmt.Sprintf("%s: %s: %s", w, o.fault, v.detail)
		switch {
		case v.by != "":
			r.Noticed[fmt.Sprintf("%s %s %s", w, o.fault.Kind, v.by)]++
		case v.told:
			r.Told = append(r.Told, line)
		default:
			r.Missed = append(r.Missed, line)
		}
	}
}
