// Package external is a pass in any language: a program that reads an ONNX file and writes another.
//
//	graph ──▶ DIR/model.onnx ──▶ command --in DIR --out DIR --options FILE ──▶ DIR/model.onnx ──▶ graph
//	                                                                            DIR/report.json
//
// The program says by its exit status what it did: 0 for changed, 10 for unchanged; any other is a failure, with the last lines of its
// standard error. It may tell in report.json what it rewrote and what it refused, and why:
//
//	{"rewrites": [{"node": "conv1", "detail": "…"}], "refusals": [{"node": "conv2", "reason": "not_constant", "detail": "…"}]}
//
// A program is not trusted with the answers: what it changes is compared like everything else, but only by what rounding explains, since
// nobody knows its numbers before they were rounded.
package external

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/pipeline"
)

const doc = `runs a program of your own as a pass

The program runs in the folder of the configuration file, as
    COMMAND... --in DIR --out DIR --options FILE
It reads DIR/model.onnx and writes a changed model to the other DIR, which may get a report.json with what was rewritten
and refused. Exit status 0 says that it changed the model, 10 that it did not; any other is a failure. It runs in the
first round over the passes, and what it did counts as one rewrite. What comes back is checked like what any pass makes,
and its answers are always verified. With allow_interface_change its inputs and outputs may change: the models are
compared where they meet, so a value that takes the place of an input has to have its name. Only a configuration file
may list this pass: it executes what the file names.`

// unchanged is the exit status of a program that leaves the model as it is.
const unchanged = 10

// Pass runs a program over the model.
type Pass struct {
	Command []string       `yaml:"command" executes:"true" doc:"the program and its first arguments; a path is relative to the folder of the configuration file"`
	Options map[string]any `yaml:"options" doc:"what the program finds in the JSON file that --options names"`
	Timeout time.Duration  `yaml:"timeout" doc:"how long the program may take, more than 0"`
	Repeat  bool           `yaml:"repeat" doc:"run in every round over the passes, not in the first one alone"`

	AllowInterfaceChange bool `yaml:"allow_interface_change" doc:"let the program change the inputs and outputs of the model: their names, types, sizes and number"`

	folder string // of the configuration file; "" where there is none
}

var (
	_ pipeline.Starter          = (*Pass)(nil)
	_ pipeline.InterfaceChanger = (*Pass)(nil)
)

// Entry is the pass as a component of a catalog. It runs only where a configuration file lists it.
func Entry() catalog.Entry[pipeline.Pass] {
	return catalog.Entry[pipeline.Pass]{
		Name: "exec", Doc: doc, Listed: true,
		New: func() pipeline.Pass { return &Pass{Timeout: 5 * time.Minute} },
	}
}

// Place says in which folder the configuration file lies that lists the pass. There the program runs.
func (p *Pass) Place(folder string) { p.folder = folder }

// Starts implements [pipeline.Starter].
func (p *Pass) Starts() []string { return p.Command }

// ChangesInterface implements [pipeline.InterfaceChanger].
func (p *Pass) ChangesInterface() bool { return p.AllowInterfaceChange }

// Validate refuses options that make no sense.
func (p *Pass) Validate() error {
	if p.folder == "" {
		return errors.New("it executes a program: list it in a configuration file, not by a flag or a variable")
	}
	if len(p.Command) == 0 || p.Command[0] == "" {
		return errors.New("command is missing: name the program and its arguments, as in command: [python3, my_pass.py]")
	}
	if p.Timeout <= 0 {
		return fmt.Errorf("timeout must be more than 0, not %s", p.Timeout)
	}
	if _, err := p.optionsText(); err != nil {
		return fmt.Errorf("options cannot be written as JSON: %w", err)
	}
	return nil
}

// optionsText is what the program finds in the file of its options.
func (p *Pass) optionsText() ([]byte, error) {
	if p.Options == nil {
		return []byte("{}\n"), nil
	}
	text, err := json.MarshalIndent(p.Options, "", "  ")
	return append(text, '\n'), err
}

// Run implements [pipeline.Pass].
func (p *Pass) Run(ctx context.Context, r *pipeline.Rewriter) error {
	if r.Round() > 1 && !p.Repeat {
		r.Rest()
		return nil
	}
	if err := p.Validate(); err != nil {
		return err
	}
	program, err := find(p.folder, p.Command)
	if err != nil {
		return err
	}
	r.Ran(program.about)
	x, err := newExchange(ctx, r.Graph().Model(), p)
	if err != nil {
		return err
	}
	changed, err := x.run(ctx, program, p.Timeout)
	if err != nil {
		return errors.Join(err, x.remove())
	}
	said, err := x.report(changed)
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", program, err), x.remove())
	}
	r.RefuseAll(said.refusals...)
	if !changed {
		return x.remove()
	}
	came, keep, err := x.open(ctx)
	if err != nil {
		return errors.Join(fmt.Errorf("%s: %w", program, err), x.remove())
	}
	if came == nil { // byte by byte what went in
		return keep.Close()
	}
	r.Keep(keep)
	return p.replace(r, program, came, said.rewrites)
}

// replace puts the model that came back in the place of the one that went out.
func (p *Pass) replace(r *pipeline.Rewriter, program program, came *graph.Model, records []pipeline.Rewrite) error {
	m := r.Graph().Model()
	if !p.AllowInterfaceChange {
		if err := cmp.Or(sameInputs(m, came), sameOutputs(m, came)); err != nil {
			return fmt.Errorf("%s changed the interface of the model: %w; allow_interface_change: true allows it", program, err)
		}
		keepDeclarations(m, came)
	}
	if err := keepRecipes(m, came); err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	if len(records) == 0 {
		records = []pipeline.Rewrite{{Node: wholeModel, Detail: fmt.Sprintf("rewritten by %s, %s before and %s after",
			program, human.Count(nodes(m), "node"), human.Count(nodes(came), "node"))}}
	}
	r.Apply(records, func() { m.Become(came) })
	return nil
}

// wholeModel stands for a node where a program says none.
const wholeModel = "model"

// nodes is how many nodes a model has, those of its sub-graphs included.
func nodes(m *graph.Model) int {
	n := 0
	for g := range m.Graph.All() {
		n += g.Len()
	}
	return n
}

// closers are closed one after another.
type closers []io.Closer

// Close implements [io.Closer].
func (c closers) Close() error {
	var errs []error
	for _, one := range c {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

// closer is a function that closes something.
type closer func() error

// Close implements [io.Closer].
func (c closer) Close() error { return c() }
