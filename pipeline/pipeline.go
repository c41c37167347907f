// Package pipeline runs passes over a graph until nothing changes, and records what each of them did
// and refused to do.
//
// A pass only rewrites. The runner checks the graph after every pass, names the culprit, counts and
// limits rewrites, measures time, and repeats the list until a whole round changes nothing.
//
//	graph ──▶ pass ──▶ check ──▶ pass ──▶ check ──▶ … ──▶ changed? ── no ──▶ graph, Result
//	           ▲                                             │ yes
//	           └─────────────────────────────────────────────┘
//
// # Writing a pass
//
// A [Pass] is a struct with one method, Run. Its exported, yaml-tagged fields are its options. Run walks the graph of the
// [Rewriter], and for each place where it could change something does one of three things:
//
//   - It calls [Rewriter.Rewrite] with a function that makes the change. The function is prepared first and then makes the
//     change whole. If Rewrite returns false, the budget is spent or the run was ended: then Run returns nil.
//   - It calls [Rewriter.Refuse] with a stable word and a sentence that says what to change in the model.
//   - It leaves the place alone, because it is none of its business.
//
// A pass acts only where the model stays the same function, in real arithmetic, for every input. It looks at constants by
// [graph.Value.Constant], asks whether anybody else reads what it is about to remove, and looks into sub-graphs. It does
// not log, does not read files, does not measure time, and does not put its own name into errors: the runner does so for
// all passes.
// Package passes/passtest holds a pass to all of this.
//
// # Running passes
//
// [Run] takes a list of steps, each a pass with the name under which it is configured. It changes the graph in place; clone
// the model first if the original is needed. The [Result] has the rewrites of all rounds, and of the refusals those that
// still stand after the last round. On an error the graph must not be saved: it may be in between.
package pipeline

import (
	"context"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/acdeploy/acdeploy/graph"
)

// Pass rewrites a graph. Its exported, yaml-tagged fields are its options.
//
// A rewrite is prepared first and put in place whole, or not at all. The pass makes each one through the
// [Rewriter], which says whether it was allowed; when it was not, the pass returns. A pass does not log,
// does not time itself and does not put its own name into errors.
type Pass interface {
	// Run makes the changes. An error ends the whole run.
	Run(ctx context.Context, r *Rewriter) error
}

// Rewrite is a change that a pass made.
type Rewrite struct {
	Node   string // the node that was there before
	Detail string // what became of it, one sentence without a full stop
	// Branches are the branches of the block that became one node, a word each, such as 3×3 or identity;
	// nil where the change was no merge of branches.
	Branches []string
}

// Refusal is a change that a pass looked at and did not make.
type Refusal struct {
	Node   string // the node that stays
	Reason string // a stable word, see the package documentation of passes
	Detail string // one sentence without a full stop that says what to change
	// Branches are the branches of the block that stays, a word each; nil where the node is in none.
	Branches []string
}

// Starter is a pass that starts a program. A comparison of two files leaves it out: it starts nothing.
type Starter interface {
	Pass
	Starts() []string // the program and its arguments
}

// Program is what a pass started.
type Program struct {
	Command []string      // as it was given
	Files   []ProgramFile // the program first
}

// ProgramFile is a file that a program consists of: the program itself, and each argument that is a file.
type ProgramFile struct {
	Path   string // as the command has it, or where the program was found
	SHA256 string // in hexadecimal
}

// PassError is the error of a pass that failed, went over a limit, or left a graph that is not sound.
type PassError struct {
	Pass     string // the name of its step
	Rewrites int    // how many were made before this run of the pass
	Left     bool   // it returned, and what its rewrites made of the graph is what is wrong

	err error // what went wrong; the text names the pass
}

// Error says which pass it is and what went wrong.
func (e *PassError) Error() string { return e.err.Error() }

// Unwrap returns what went wrong.
func (e *PassError) Unwrap() error { return e.err }

// Step is a pass with the name under which it is configured.
type Step struct {
	Name string // in the configuration, in results and in errors
	Pass Pass   // with its options
}

// Options control a run. The zero value means the defaults.
type Options struct {
	MaxRounds   int // rounds over the whole list; 0 means 8
	MaxRewrites int // stop after so many rewrites; 0 means no limit
	// PassTimeout is how long a pass may run each time, and MaxMemory how many bytes the process may hold while one runs, mapped files not
	// counted, and C libraries on Linux only; 0 means no limit. The error of a pass that goes over one holds a [Stopped].
	PassTimeout time.Duration
	MaxMemory   int64
	// Changed, if set, is called after each pass that changed the graph, with a running number from 1.
	Changed func(number int, step string, g *graph.Graph) error
}

// Result is the record of a run.
type Result struct {
	Rounds    int  // how often the list of steps ran
	Converged bool // false when MaxRounds or MaxRewrites ended the run
	// Changes is how often the graph was changed, which MaxRewrites limits. A change of several records is one.
	Changes int
	Passes  []PassResult // one for each step, in their order
	// Entrances are the model as each pass left it that changed its inputs, in the order in which they ran. The origins of their
	// values are in the model that the first pass got a clone of.
	Entrances []*graph.Model

	kept []io.Closer
}

// Close closes what passes keep open for the graph, such as a file in which tensors lie. The graph must not be used any more then.
func (r *Result) Close() error {
	var errs []error
	for _, c := range r.kept {
		errs = append(errs, c.Close())
	}
	r.kept = nil
	return errors.Join(errs...)
}

// PassResult is what one pass did over all rounds. The refusals are those of its last run: what an
// earlier round refused, a later one may have done.
type PassResult struct {
	Name     string        // of the step
	Rewrites []Rewrite     // in the order in which they were made
	Refusals []Refusal     // of its last run
	Elapsed  time.Duration // wall time of all its runs
	Visits   int           // nodes, and addends of sums, that the pass looked at
	// ConstantBytes is by how much the constants that are used take more room in a file.
	ConstantBytes int64
	// Interface is what became of the inputs and outputs, a sentence each; see [InterfaceChanger].
	Interface []string
	// Program is what the pass started; nil for a pass that starts nothing.
	Program *Program
	// Made is the model as the program left it when it first changed it, with origins as those of Entrances; nil where it did not.
	Made *graph.Model
}

// Rewrites counts the rewrites of all passes.
func (r *Result) Rewrites() int {
	n := 0
	for _, p := range r.Passes {
		n += len(p.Rewrites)
	}
	return n
}

// ChangedInterface reports whether a pass changed what the model takes or gives.
func (r *Result) ChangedInterface() bool {
	return slices.ContainsFunc(r.Passes, func(p PassResult) bool { return len(p.Interface) > 0 })
}

// Refusals counts the refusals of all passes.
func (r *Result) Refusals() int {
	n := 0
	for _, p := range r.Passes {
		n += len(p.Refusals)
	}
	return n
}
