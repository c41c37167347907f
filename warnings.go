package acdeploy

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/verify"
)

// warnOfOutputs warns of outputs that the checks show little of.
func (c *comparison) warnOfOutputs() {
	silent := map[string]string{}
	for _, check := range c.checks {
		for _, o := range check.Outputs {
			if reason := o.Silent(); reason == "" {
				silent[o.Name] = "spoken"
			} else if silent[o.Name] == "" {
				silent[o.Name] = reason
			}
		}
	}
	for _, o := range c.pair.before.Outputs {
		switch silent[o.Name] {
		case "nan_output":
			c.warn(verify.Warning{Name: o.Name, Reason: "nan_output", Detail: "it is no number for any input: that it is equal from end to end is not shown; give inputs that the model is made for, with --data"})
		case "constant_output":
			c.warn(verify.Warning{Name: o.Name, Reason: "constant_output", Detail: "it is the same for all inputs: that it is equal from end to end is not shown; give inputs that the model is made for, with --data"})
		}
	}
	off := map[string]bool{} // of which a warning tells already
	for _, check := range c.checks {
		for _, o := range check.Outputs {
			if !check.Layers && !off[o.Name] && o.ErrorBefore != nil && float64(*o.ErrorBefore) > mostError {
				off[o.Name] = true
				c.warn(verify.Warning{Name: o.Name, Reason: "engine_error", Detail: fmt.Sprintf(
					"%s is off by %.0f %% of its largest magnitude with the first model as well: what it answers to these inputs shows nothing; give inputs that the model is made for, with --data",
					check.Backend, 100*float64(*o.ErrorBefore))})
			}
		}
	}
}

// warnOfHidden warns of outputs that are not compared, because decisions inside an If or a Loop may part them.
func (c *comparison) warnOfHidden(engine string, outputs []string) {
	for _, name := range outputs {
		if !slices.ContainsFunc(c.warnings, func(w verify.Warning) bool { return w.Name == name && w.Reason == "hidden_decision" }) {
			c.warn(verify.Warning{Name: name, Reason: "hidden_decision", Detail: fmt.Sprintf(
				"on %s it is not the same, and it comes of a decision inside an If or a Loop, which is not compared as a number: that it is equal from end to end is not shown; compare what the decision is made from, as an output", engine)})
		}
	}
}

// warnOfPrograms names the programs that are passes, where what they did is shown by no more than rounding.
func (c *comparison) warnOfPrograms() {
	for _, p := range c.pair.left {
		if !c.pair.algebra {
			c.warn(verify.Warning{Name: p, Reason: "program", Detail: fmt.Sprintf("it is one of the passes, and no program is started here: what it changed%s is shown to differ by no more than rounding explains; fuse and run compare it part by part",
				among(c.pair.touched))})
		}
	}
	if c.algebra == nil || len(c.algebra.RoundingOnly) == 0 {
		return
	}
	list := c.algebra.RoundingOnly
	for _, p := range c.pair.programs {
		c.warn(verify.Warning{Name: p, Reason: "program", Detail: fmt.Sprintf("it is one of the passes, and rounds its numbers itself: %s, such as %q, shown to differ by no more than rounding explains",
			human.Count(len(list), "value"), list[0])})
	}
}

// among says how many values a program touched, as far as the other passes do not make them so, and names the first ones.
func among(touched []string) string {
	if len(touched) == 0 {
		return ""
	}
	first := make([]string, min(len(touched), mostNamed))
	for i := range first {
		first[i] = fmt.Sprintf("%q", touched[i])
	}
	text := strings.Join(first, ", ")
	if more := len(touched) - len(first); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Sprintf(" (%s that the other passes alone do not make so: %s)", human.Count(len(touched), "value"), text)
}

// mostNamed is how many values a warning names.
const mostNamed = 5

// mostError is how far an engine may be off, relative to an output's largest magnitude, for its answers to say something.
const mostError = 0.1

// mostShift is how many standard deviations the mean of a batch norm may be from 0. Its fold subtracts numbers of that size from each
// other: in float32, of 24 bits, less than 14 are left beyond it.
const mostShift = 1000

// warnOfFolds warns of batch norms that were folded, and whose fold loses accuracy in the model's own type.
func (c *comparison) warnOfFolds() {
	kept := map[string]bool{}
	for g := range c.pair.fused.Graph.All() {
		for n := range g.Nodes() {
			kept[n.Label()] = n.Is("BatchNormalization")
		}
	}
	for g := range c.pair.original.Graph.All() {
		for n := range g.Nodes() {
			if by := shift(n); by > mostShift && !kept[n.Label()] {
				c.warn(verify.Warning{Name: n.Label(), Reason: "fold_loses_accuracy", Detail: fmt.Sprintf(
					"the mean of this BatchNormalization is up to %.0f standard deviations from 0: folded, its result is the small difference of large numbers, which rounding blurs; subtract the mean from the input of the layer, or train it anew", by)})
			}
		}
	}
}

// shift is how many standard deviations the mean of a batch norm is from 0, in the channel where that is most.
func shift(n *graph.Node) float64 {
	if !n.Is("BatchNormalization") || n.NumInputs() < 5 {
		return 0
	}
	mean, variance := n.Input(3).Constant(), n.Input(4).Constant()
	if mean == nil || variance == nil || mean.Len() != variance.Len() {
		return 0
	}
	most, epsilon := 0.0, n.Float("epsilon", 1e-5)
	of := variance.Float64s()
	for i, m := range mean.Float64s() {
		if by := math.Abs(m) / math.Sqrt(of[i]+float64(epsilon)); by > most {
			most = by
		}
	}
	return most
}
