package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy"
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
	SameBytes  int            `json:"same_bytes"`  // of them: the file is the same
	SameValues int            `json:"same_values"` // and of the others: every region has the same values
	Noticed    map[string]int `json:"noticed"`     // by way, kind and statement
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
	setup    setup
	rows     []mutantRow
	keep     func([]mutantRow) error
}

// fewer is by how many times fewer mutants of large networks are drawn at first.
const fewer = 15

// try draws what is not drawn yet. A few mutants of every network come first, each type with another head, and what takes long
// comes last, so that a study that is interrupted has seen all.
func (s *mutants) try(ctx context.Context) error {
	few := max(1, s.each/10)
	for _, stage := range []struct {
		large  bool
		target int
	}{{false, few}, {true, max(1, few/fewer)}, {false, s.each}, {true, max(1, s.each/fewer)}, {true, few}, {true, s.each}} {
		for turn := range s.heads {
			if err := s.turn(ctx, stage.large, turn, stage.target); err != nil {
				return err
			}
		}
	}
	return nil
}

// turn goes over all networks of a size, each type with one head.
func (s *mutants) turn(ctx context.Context, large bool, turn, target int) error {
	for k, subject := range s.subjects {
		for t, elem := range s.types {
			head := s.heads[(k+t+turn)%len(s.heads)]
			if subject.large != large {
				continue
			}
			// A head hides what is before it, and no region looks through it: one head is enough to compare the whole.
			if err := s.cell(ctx, subject, elem, head, target, turn == 0); err != nil {
				return fmt.Errorf("%s, %s, %s: %w", subject.name, elem, head, err)
			}
		}
	}
	return nil
}

// row is that of a cell; a new one where there is none.
func (s *mutants) row(sub subject, elem tensor.Type, head string) *mutantRow {
	k := slices.IndexFunc(s.rows, func(r mutantRow) bool {
		return r.Group == sub.group && r.Network == sub.name && r.Type == elem.String() && r.Head == head
	})
	if k < 0 {
		k = len(s.rows)
		s.rows = append(s.rows, mutantRow{Group: sub.group, Network: sub.name, Type: elem.String(), Head: head, Noticed: map[string]int{}})
	}
	return &s.rows[k]
}

// cell draws mutants of a network of one type with one head until there are as many as asked for. With whole, the right model and the first
// mutant are compared from one end to the other.
func (s *mutants) cell(ctx context.Context, sub subject, elem tensor.Type, head string, target int, whole bool) error {
	r := s.row(sub, elem, head)
	if r.Skipped != "" || r.Mutants >= target {
		return nil
	}
	folder, err := os.MkdirTemp("", "acdeploy-trial-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	start := time.Now()
	r.Setup = s.setup
	c, err := openCell(ctx, s.tools, sub, elem, head, folder)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		r.Skipped = err.Error()
	default:
		err = model.Do(func() error { return s.draw(ctx, c, r, elem, target, whole) })
		if err := c.close(); err != nil {
			return err
		}
		if err != nil {
			return err
		}
	}
	r.Seconds += time.Since(start).Seconds()
	fmt.Printf("%s: %s\n", r.name(), r.summary())
	return s.keep(s.rows)
}

func (r mutantRow) summary() string {
	if r.Skipped != "" {
		return "skipped: " + r.Skipped
	}
	lines := []string{fmt.Sprintf("%d mutants, %d equivalent, %d missed", r.Mutants, r.SameBytes+r.SameValues, len(r.Missed))}
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

func (s *mutants) draw(ctx context.Context, c *cell, r *mutantRow, elem tensor.Type, target int, whole bool) error {
	if r.Mutants == 0 && whole {
		if err := s.right(ctx, c, r); err != nil {
			return err
		}
	}
	for r.Mutants < target {
		k := r.Mutants
		kinds := mutant.Kinds()
		first := seedOf(r.name()) % uint64(len(kinds)) // another kind for each network, type and head
		m := mutantOf{kinds[(int(first)+k)%len(kinds)], epsilonOf(elem), seedOf(r.Network, " ", r.Type, " ", r.Head, " ", k)}
		c.settings.Backends = nil
		if k%sample == 0 && whole {
			c.settings.Backends = s.engine
		}
		o, ok, err := c.try(ctx, m)
		if err != nil {
			return fmt.Errorf("mutant %d: %w", k, err)
		}
		if !ok {
			r.Skipped = "it has no place for a fault"
			return nil
		}
		r.add(o)
	}
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
		if v := o.in[w]; v.by != "" {
			r.Noticed[fmt.Sprintf("%s %s %s", w, o.fault.Kind, v.by)]++
		} else {
			r.Missed = append(r.Missed, fmt.Sprintf("%s: %s: %s", w, o.fault, v.detail))
		}
	}
}
