package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/verify"
)

// answers shows how far the answers of both models are apart.
func (r *Report) answers() (Section, bool) {
	v := r.Verify
	if v == nil {
		return Section{}, false
	}
	before, after := r.names()
	s := Section{Title: fmt.Sprintf("Answers, %s against %s", before, after), Lead: []string{proof(v.Result)}}
	headers := []string{"engine", ">batches", "output", ">largest difference", ">allowed", "=answers"}
	measured := slices.ContainsFunc(v.Checks, func(c verify.Check) bool { return slices.ContainsFunc(c.Outputs, hasErrors) })
	if measured {
		headers = slices.Insert(headers, 5, ">engine's error")
		s.Notes = append(s.Notes, fmt.Sprintf("The engine's error is how far it is from float64 with the same file: %s, then %s.", before, after))
	}
	s.Table = newTable(headers...)
	for _, c := range v.Checks {
		for i, o := range shownOutputs(c) {
			name, inputs := c.Backend, human.Thousands(int64(c.Inputs))
			if i > 0 {
				name, inputs = "", ""
			}
			cells := []string{name, inputs, o.Name, difference(float64(o.MaxRel)), difference(float64(o.Tolerance)), equality(o.Equal)}
			if measured {
				cells = slices.Insert(cells, 5, engineError(o))
			}
			s.Table.add(cells...)
			if o.Detail != "" && !c.Layers {
				s.Items = append(s.Items, fmt.Sprintf("%s, output %s: %s.", c.Backend, o.Name, o.Detail))
			}
		}
	}
	for _, c := range v.Checks {
		if p := c.PartsAt; p != nil {
			s.Items = append(s.Items, fmt.Sprintf("%s: the models part at %s, which node %s computes: by %s, the limit is %s.",
				c.Backend, p.Value, p.Node, difference(float64(p.MaxRel)), difference(float64(p.Bound))))
		}
	}
	if v.Algebra != nil {
		s.Items = append(s.Items, regions(v.Result)...)
	}
	if v.Bytes != nil && !v.Bytes.Equal {
		s.Items = append(s.Items, v.Bytes.String()+".")
	}
	s.Items = append(s.Items, strength(v.Strength, v.StrengthSampled)...)
	s.Notes = append(s.Notes, "Differences are relative to the largest magnitude of the output.")
	return s, true
}

// regions says how the parts of the models compare, and names those that could not be compared.
func regions(v verify.Result) []string {
	a := v.Algebra
	if a.Regions == 0 {
		return nil
	}
	what := "Each rewritten region by itself, from the same inputs"
	if v.Proof == verify.RoundingOnly && len(a.RoundingOnly) == 0 {
		what = "What is computed between values that both models have, from the same inputs"
	}
	line := fmt.Sprintf("%s: %d of %d compared", what, a.Compared, a.Regions)
	if w := a.Worst; w != nil {
		line += fmt.Sprintf(", the largest difference is %s of what was computed (%s), the limit is %s", difference(float64(w.MaxRel)), w.Value, difference(float64(w.Bound)))
	}
	lines := []string{line + "."}
	if n := len(a.RoundingOnly); n > 0 {
		lines = append(lines, fmt.Sprintf("Equal by rounding only, of what a program changed: %s.", few(a.RoundingOnly)))
	}
	for _, n := range a.NotCompared {
		lines = append(lines, fmt.Sprintf("Not compared: %s: %s.", n.Value, n.Reason))
	}
	return lines
}

// few are the first names of a list, and how many more there are.
func few(names []string) string {
	const shown = 5
	if len(names) <= shown {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// shownOutputs are the outputs of a check. Of the values inside the models, that which is the worst for its limit stands for all.
func shownOutputs(c verify.Check) []verify.Output {
	if !c.Layers || len(c.Outputs) == 0 {
		return c.Outputs
	}
	worst := slices.MaxFunc(c.Outputs, func(a, b verify.Output) int {
		return cmp.Compare(float64(a.MaxRel)/float64(a.Tolerance), float64(b.MaxRel)/float64(b.Tolerance))
	})
	worst.Name = fmt.Sprintf("worst of %d: %s", len(c.Outputs), worst.Name)
	worst.Equal = c.Equal()
	return []verify.Output{worst}
}

func hasErrors(o verify.Output) bool { return o.ErrorBefore != nil && o.ErrorAfter != nil }

// engineError is how far an engine is from float64 with each of the files.
func engineError(o verify.Output) string {
	if !hasErrors(o) {
		return ""
	}
	return difference(float64(*o.ErrorBefore)) + ", " + difference(float64(*o.ErrorAfter))
}

func equality(equal bool) string {
	if equal {
		return "equal"
	}
	return "DIFFERENT"
}

// proof says in a sentence what the checks amount to.
func proof(v verify.Result) string {
	switch {
	case len(v.Checks) == 0 && v.Algebra == nil:
		return "Nothing was checked."
	case v.Incomplete != "" && !v.Differs():
		return "The comparison came to no end; this is what was done before."
	case !v.Equal:
		return "The answers differ."
	case v.Proof == verify.Algebra && v.Algebra != nil && v.Algebra.Regions == 0:
		return "Equal: the passes change nothing, and the second file is the same graph."
	case v.Proof == verify.Algebra:
		return "Equal in exact arithmetic, shown in float64 without rounding; what remains is rounding."
	}
	if v.Proof == verify.Partial && v.Algebra != nil {
		return fmt.Sprintf("Equal in exact arithmetic as far as float64 could run: %d of %s; what remains is rounding.",
			v.Algebra.Compared, human.Count(v.Algebra.Regions, "rewritten region"))
	}
	if a := v.Algebra; a != nil && len(a.RoundingOnly) > 0 {
		return fmt.Sprintf("Equal: %d of %s by no more than rounding explains, since a program changed the model, the others in exact arithmetic.",
			len(a.RoundingOnly), human.Count(a.Regions, "region"))
	}
	return "Equal up to rounding; how one model came of the other was not checked."
}

// agreement shows how far the answers to the user's data agree, each output by what it is.
func (r *Report) agreement() (Section, bool) {
	s := Section{Title: "Answers over the data"}
	if r.Verify == nil {
		return s, false
	}
	headers := []string{"engine", ">images", "output", "agreement"}
	before, after := r.names()
	classes := slices.ContainsFunc(r.Verify.Checks, func(c verify.Check) bool { return c.Top1 != nil })
	if classes {
		headers = append(headers, ">top-1, "+before, ">top-1, "+after)
	}
	s.Table = newTable(headers...)
	for _, c := range r.Verify.Checks {
		for i, a := range agreements(c) {
			cells := []string{"", "", a.Output, a.String()}
			if i == 0 {
				cells[0], cells[1] = c.Backend, human.Thousands(int64(max(c.Samples, samples(c.Top1))))
			}
			if t := c.Top1; t != nil && t.Output == a.Output {
				cells[3] = fmt.Sprintf("%d of %d classes equal", t.Samples-len(t.Changed), t.Samples)
				cells = append(cells, accuracy(t.Before), accuracy(t.After))
			} else if classes {
				cells = append(cells, "", "")
			}
			s.Table.add(cells...)
		}
	}
	return s, len(s.Table.Rows) > 0
}

// agreements are those of a check. A document of before there were such has top-1 alone.
func agreements(c verify.Check) []verify.Agreement {
	if c.Agreement == nil && c.Top1 != nil {
		return []verify.Agreement{{Output: c.Top1.Output, Kind: verify.AgreeTop1, Value: c.Top1.Agreement}}
	}
	return c.Agreement
}

func samples(t *verify.Top1) int {
	if t == nil {
		return 0
	}
	return t.Samples
}

func accuracy(n verify.Number) string {
	if !finite(float64(n)) {
		return "no labels"
	}
	return fmt.Sprintf("%.2f %%", 100*float64(n))
}

// warnings are what a reader of the answers should know of.
func (r *Report) warnings() (Section, bool) {
	s := Section{Title: "Warnings"}
	if r.Verify == nil {
		return s, false
	}
	for _, w := range r.Verify.Warnings {
		s.Items = append(s.Items, w.String()+".")
	}
	return s, len(s.Items) > 0
}

// strength says in sentences what the checks would have noticed: first all of them together, then the outputs of each engine by
// themselves. It says nothing where that is not known. Of layers that were not tried, sampled is true.
func strength(list []verify.LayerStrength, sampled bool) []string {
	var lines, engines []string
	told := map[string]bool{}
	unseen := unseenLayers(list)
	if unseen > 0 {
		lines = append(lines, fmt.Sprintf("Layers of which no check would notice a change of 1 %%: %d; see the warnings.", unseen))
	}
	for _, s := range list { // the weakest first
		engine := s.Engine()
		switch {
		case told[engine]:
		case engine != "":
			told[engine] = true
			shows := "show a change of " + portion(s.Least())
			if s.Least() > verify.Percent {
				shows = "not show a change of 1 %"
			}
			engines = append(engines, fmt.Sprintf("By themselves, the outputs on %s would %s of %s.", engine, shows, partOf(s)))
		case s.Least() <= verify.Percent:
			told[engine] = true
			of := ""
			switch {
			case sampled && unseen > 0:
				of = " of the other layers that were tried"
			case sampled:
				of = " of the layers that were tried"
			case unseen > 0:
				of = " of the other layers"
			}
			lines = append(lines, fmt.Sprintf("A change of %s of any output channel%s would be noticed. The weakest is %s.", portion(s.Least()), of, partOf(s)))
		}
	}
	return append(lines, engines...)
}

// unseenLayers is the number of layers of which no check notices a change of a percent, where more than engines were asked.
func unseenLayers(list []verify.LayerStrength) int {
	asked, noticed := map[string]bool{}, verify.NoticedLayers(list)
	for _, s := range list {
		if s.Engine() == "" && !noticed[s.Node] {
			asked[s.Node] = true
		}
	}
	return len(asked)
}

// partOf names what of a layer is meant.
func partOf(s verify.LayerStrength) string {
	if s.Channel == nil {
		return s.Node
	}
	return fmt.Sprintf("the %s of channel %d of %s", s.Part, *s.Channel, s.Node)
}

// portion is a part of something as people read it.
func portion(v float64) string {
	if v < 1e-3 {
		return fmt.Sprintf("%.1e", v)
	}
	return fmt.Sprintf("%.2g %%", 100*v)
}
