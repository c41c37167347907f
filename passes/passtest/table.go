package passtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/op"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/tensor"
)

// Table is the test of a pass: the patterns that it is about. [Table.Run] tries each of them as it is, and in these
// variants, which are made from it:
//
//	twice            a second copy of the pattern, over the same inputs, with other weights
//	shared weights   a second copy, with the very same weights
//	output V         an inner value V is an output, too
//	captured V       the branches of an If read an inner value V
//	in a branch      the pattern stands in both branches of an If, and reads its inputs from outside
//	overridable W    the initializer W is the default of an input; answers are compared with other numbers, too
//	all overridable  all initializers are
//	float16          everything of float32 is of float16
//
// Each variant has to keep every promise of [Check]: it is rewritten and gives the same answers, or it is left as it
// is, to the byte.
type Table struct {
	Steps []pipeline.Step // usually one
	Cases []Case          // each a test of its own
	// Golden is the file that says what becomes of every case and variant, such as testdata/my_pass.golden; "" for none.
	// go test -update writes it.
	Golden string
}

// Case is a pattern of a [Table].
type Case struct {
	Name  string              // what is special about it
	Build func() *graph.Model // makes the model anew each time
	// Sizes are the sets of shapes to try, each a shape for every input in order. Without any the declared shapes are used.
	Sizes [][][]int64
	// Rewrites is how many the pattern takes by itself. With 0 it is left as it is.
	Rewrites int
	// Reason is the word of a refusal that there has to be; "" for none.
	Reason string
}

// Run runs every case of the table as a test of its own.
func (tb Table) Run(t *testing.T) {
	t.Helper()
	var record strings.Builder
	ran := 0
	for _, c := range tb.Cases {
		t.Run(c.Name, func(t *testing.T) {
			said, err := tb.try(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			record.WriteString(said)
			ran++
		})
	}
	if tb.Golden == "" || ran < len(tb.Cases) { // some failed, or were not asked for
		return
	}
	if err := golden(tb.Golden, record.String()); err != nil {
		t.Error(err)
	}
}

// try checks a case and its variants, and says what became of each.
func (tb Table) try(ctx context.Context, c Case) (string, error) {
	if len(tb.Steps) == 0 || c.Build == nil {
		return "", errors.New("the table has no Steps, or the case has no Build")
	}
	before := c.Build()
	inputs, err := c.inputs(before)
	if err != nil {
		return "", err
	}
	after, result, err := check(ctx, before, tb.Steps, inputs)
	if err != nil {
		return "", err
	}
	if err := c.expected(result); err != nil {
		return "", fmt.Errorf("%w\nbefore\n%s\nafter\n%s", err, Text(before), Text(after))
	}
	var said strings.Builder
	fmt.Fprintf(&said, "== %s\nbefore\n%s\n", c.Name, Text(before))
	if result.Rewrites() > 0 {
		fmt.Fprintf(&said, "after\n%s\n", Text(after))
	}
	fmt.Fprintf(&said, "%-32s %s\n", "as it is", outcome(after, result))
	var wrong []error
	for _, v := range variants(before) {
		became, err := tb.variant(ctx, c, v)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("variant %s: %w", v.name, err))
		} else if became != "" {
			fmt.Fprintf(&said, "%-32s %s\n", v.name, became)
		}
	}
	said.WriteString("\n")
	return said.String(), errors.Join(wrong...)
}

// variant checks one variant of a case, and says what became of it; "" where there is no such variant.
func (tb Table) variant(ctx context.Context, c Case, v variant) (string, error) {
	m := c.Build()
	plain, err := c.inputs(m)
	if err != nil {
		return "", err
	}
	switch err := v.make(m); {
	case errors.Is(err, errNone):
		return "", nil
	case err != nil:
		return "does not exist: " + err.Error(), nil
	}
	if err := op.Check(m.Graph); err != nil {
		return "does not exist: " + err.Error(), nil
	}
	var inputs []tensor.Map
	for i, in := range plain {
		for name, t := range Inputs(m, nil, uint64(i)) { // those that the variant adds
			if in[name] == nil {
				in[name] = t
			}
		}
		inputs = append(inputs, in)
		if v.more == nil {
			continue
		}
		for _, more := range v.more(m, in) {
			if _, err := outputs(m, more); err == nil {
				inputs = append(inputs, more)
			}
		}
	}
	after, result, err := check(ctx, m, tb.Steps, inputs)
	switch {
	case errors.Is(err, ErrBefore):
		return "does not run: " + strings.TrimPrefix(firstLine(err), ErrBefore.Error()+": "), nil
	case err != nil:
		return "", err
	}
	return outcome(after, result), nil
}

// inputs are what the case is run with.
func (c Case) inputs(m *graph.Model) ([]tensor.Map, error) {
	all := c.Sizes
	if all == nil {
		all = [][][]int64{nil}
	}
	var list []tensor.Map
	for i, shapes := range all {
		in := Inputs(m, shapes, uint64(i))
		for _, v := range m.Graph.Inputs() {
			if !v.IsInitializer() && in[v.Name()] == nil {
				return nil, fmt.Errorf("input %q has no size: declare its shape, or give one in Sizes", v.Name())
			}
		}
		list = append(list, in)
	}
	return list, nil
}

// expected compares a result with what the case says.
func (c Case) expected(r *pipeline.Result) error {
	if got := r.Rewrites(); got != c.Rewrites {
		return fmt.Errorf("%d rewrites, want %d; refusals: %s", got, c.Rewrites, strings.Join(reasons(r), ", "))
	}
	if c.Reason != "" && !slices.Contains(reasons(r), c.Reason) {
		return fmt.Errorf("nothing was refused for %s; refusals: %s", c.Reason, strings.Join(reasons(r), ", "))
	}
	return nil
}

// reasons are the words of the refusals, each once.
func reasons(r *pipeline.Result) []string {
	found := map[string]bool{}
	for _, p := range r.Passes {
		for _, f := range p.Refusals {
			found[f.Reason] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// outcome says what became of a model in one line: how many rewrites, why not more, and which operators are left.
func outcome(after *graph.Model, r *pipeline.Result) string {
	said := "left as it is"
	if n := r.Rewrites(); n == 1 {
		said = "1 rewrite"
	} else if n > 1 {
		said = fmt.Sprintf("%d rewrites", n)
	}
	if words := reasons(r); len(words) > 0 {
		said += ", refused for " + strings.Join(words, ", ")
	}
	count := map[string]int{}
	for g := range after.Graph.All() {
		for n := range g.Nodes() {
			count[n.OpType]++
		}
	}
	var left []string
	for _, op := range slices.Sorted(maps.Keys(count)) {
		left = append(left, fmt.Sprintf("%d %s", count[op], op))
	}
	return said + ": " + strings.Join(left, ", ")
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}
