package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/acdeploy/acdeploy/internal/human"
)

const maxRefusals = 20 // shown; the rest is in the report

// rewrites shows what each pass did.
func (r *Report) rewrites() (Section, bool) {
	f := r.Fuse
	if f == nil {
		return Section{}, false
	}
	s := Section{Title: "Rewrites"}
	rounds := human.Count(f.Rounds, "round")
	switch {
	case len(f.Rewrites) == 0:
		s.Lead = []string{"Nothing to rewrite was found."}
	case f.Converged:
		s.Lead = []string{fmt.Sprintf("%s in %s, until nothing was left to do.", human.Count(len(f.Rewrites), "rewrite"), rounds)}
	default:
		s.Lead = []string{fmt.Sprintf("%s in %s; a limit ended the run before everything was done.", human.Count(len(f.Rewrites), "rewrite"), rounds)}
	}
	for _, c := range f.Interface {
		s.Lead = append(s.Lead, fmt.Sprintf("%s changed the interface: %s.", c.Pass, c.Detail))
	}
	s.Table = newTable("pass", ">rewrites", ">refusals", ">time")
	for _, p := range f.Passes {
		s.Table.add(p.Name, orDash(int64(p.Rewrites)), orDash(int64(p.Refusals)), human.Duration(p.Nanoseconds))
	}
	for _, p := range f.Passes {
		if p.Program != nil {
			s.Items = append(s.Items, p.Program.line(p.Name))
		}
	}
	return s, true
}

// line names a program that ran as a pass, and its files.
func (p *Program) line(pass string) string {
	files := make([]string, len(p.Files))
	for i, f := range p.Files {
		files[i] = fmt.Sprintf("%s (SHA-256 %.12s…)", f.Path, f.SHA256)
	}
	return fmt.Sprintf("%s ran %s: %s.", pass, human.CommandLine(p.Command), strings.Join(files, ", "))
}

// refusals shows what was left as it was.
func (r *Report) refusals() (Section, bool) {
	if r.Fuse == nil || len(r.Fuse.Refusals) == 0 {
		return Section{}, false
	}
	s := Section{Title: "Left as it was, and why"}
	left := len(r.Fuse.Refusals)
	for i, f := range r.Fuse.Alike() {
		if i == maxRefusals {
			s.Items = append(s.Items, fmt.Sprintf("… and %d more, all of them in the report.", left))
			break
		}
		s.Items = append(s.Items, f.String())
		left -= f.Count
	}
	return s, true
}

// foldsBatchNorm is the pass whose refusals say why a batch normalisation stays.
const foldsBatchNorm = "fold_batchnorm"

// FusedAnything reports whether a batch normalisation is gone, or branches were merged.
func (f *Fuse) FusedAnything() bool {
	return f.After.Ops[batchNorm] < f.Before.Ops[batchNorm] ||
		slices.ContainsFunc(f.Rewrites, func(r Rewrite) bool { return r.Branches != nil })
}

const batchNorm = "BatchNormalization"

// nothingFused counts the reasons why nothing was fused in a model that has batch normalisations or branches:
//
//	54 BatchNormalization left: training_mode; export with `model.eval()`
//
// It is "" where something was fused, or where nothing could be.
func (f *Fuse) nothingFused() string {
	if f.FusedAnything() {
		return ""
	}
	var norms, blocks []Refusal
	for _, r := range f.Refusals {
		switch {
		case r.Branches != nil:
			blocks = append(blocks, r)
		case r.Pass == foldsBatchNorm:
			norms = append(norms, r)
		}
	}
	var parts []string
	if n := f.After.Ops[batchNorm]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d %s left: %s", n, batchNorm, countReasons(norms)))
	}
	if n := len(blocks); n > 0 {
		parts = append(parts, fmt.Sprintf("%s left: %s", human.Count(n, "block"), countReasons(blocks)))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(append(parts, remedies(append(norms, blocks...))...), "; ")
}

// countReasons lists the reasons, the most frequent first, with their numbers where there are several.
func countReasons(refusals []Refusal) string {
	count := map[string]int{}
	for _, r := range refusals {
		count[r.Reason]++
	}
	words := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
	switch len(words) {
	case 0:
		return foldsBatchNorm + " did not run"
	case 1:
		return words[0]
	}
	for i, w := range words {
		words[i] = fmt.Sprintf("%d %s", count[w], w)
	}
	return strings.Join(words, ", ")
}

// remedies says what to export otherwise, for the reasons that lie in the export.
func remedies(refusals []Refusal) []string {
	if len(refusals) > 0 && !slices.ContainsFunc(refusals, func(r Refusal) bool { return !withoutParameters(r) }) {
		return []string{"the model has no parameters, they are its inputs; export with `export_params=True`"}
	}
	has := func(reason string) bool {
		return slices.ContainsFunc(refusals, func(r Refusal) bool { return r.Reason == reason })
	}
	var parts []string
	if has("training_mode") {
		parts = append(parts, "export with `model.eval()`")
	}
	if has("graph_input") {
		parts = append(parts, "export with `keep_initializers_as_inputs=False`")
	}
	return parts
}

// withoutParameters reports whether a parameter is an input only: one that callers may replace has a value, too.
func withoutParameters(r Refusal) bool {
	return r.Reason == "graph_input" && strings.HasSuffix(r.Detail, "export the model with its parameters")
}

// Alike are refusals of one pass for one reason, that ask for the same.
type Alike struct {
	Refusal     // the first one
	Count   int // how many there are
}

// String says what stays as it is, and why: all of it where there is one, the first as an example where there are more.
func (a Alike) String() string {
	if a.Count == 1 {
		return fmt.Sprintf("%s: %s (%s, %s)", a.Node, a.Detail, a.Pass, a.Reason)
	}
	return fmt.Sprintf("%d × %s, such as %s: %s (%s)", a.Count, a.Reason, a.Node, a.Detail, a.Pass)
}

// Alike groups the refusals, in the order in which the first of each was met.
func (f *Fuse) Alike() []Alike {
	var groups []Alike
	at := map[[3]string]int{}
	for _, r := range f.Refusals {
		key := [3]string{r.Pass, r.Reason, advice(r.Detail)}
		i, known := at[key]
		if !known {
			i = len(groups)
			at[key] = i
			groups = append(groups, Alike{Refusal: r})
		}
		groups[i].Count++
	}
	return groups
}

// advice is what a sentence asks for: what comes after the last semicolon, without names and numbers.
func advice(detail string) string {
	if i := strings.LastIndex(detail, "; "); i >= 0 {
		detail = detail[i+2:]
	}
	words := strings.Fields(detail)
	for i, w := range words {
		if strings.ContainsFunc(w, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune("\"/_", r) }) {
			words[i] = "…"
		}
	}
	return strings.Join(words, " ")
}
