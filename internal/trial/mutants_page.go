package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/internal/mutant"
)

// tally is what became of some mutants.
type tally struct {
	mutants, sameBytes, sameValues int
	noticed                        map[string]int // by way, kind and statement
	missed, told                   int
	onEngine                       [2]int
}

func tallyOf(rows []mutantRow) tally {
	t := tally{noticed: map[string]int{}}
	for _, r := range rows {
		t.mutants += r.Mutants
		t.sameBytes += r.SameBytes
		t.sameValues += r.SameValues
		t.missed += len(r.Missed)
		t.told += len(r.Told)
		t.onEngine[0] += r.OnEngine[0]
		t.onEngine[1] += r.OnEngine[1]
		for key, n := range r.Noticed {
			t.noticed[key] += n
		}
	}
	return t
}

// sum counts what was noticed; "" stands for all ways, kinds or statements.
func (t tally) sum(w way, kind mutant.Kind, by string) int {
	n := 0
	for key, k := range t.noticed {
		parts := strings.Fields(key)
		if (w == "" || parts[0] == string(w)) && (kind == "" || parts[1] == string(kind)) && (by == "" || parts[2] == by) {
			n += k
		}
	}
	return n
}

// mutantPage writes the page.
func mutantPage(rows []mutantRow) string {
	tried := slices.DeleteFunc(slices.Clone(rows), func(r mutantRow) bool { return r.Mutants == 0 })
	t := tallyOf(tried)
	p := &page{}
	p.Line("# What the proof notices")
	p.Line("")
	p.Line("Written by `make verify-study` from [verify-study.jsonl](verify-study.jsonl). A mutant is a fused network with one fault,")
	p.Line("drawn with a fixed seed. It gets into the model in three ways:")
	p.Line("")
	p.Line("| way | what happens | what is asked |")
	p.Line("| --- | --- | --- |")
	p.Line("| memory | one more pass, a wrong one, makes the fault | `fuse --verify` |")
	p.Line("| file | the fault is made in the file after it was saved | `verify A B` |")
	p.Line("| foreign | the same, and all names within the model are others, as if another program had fused it | `verify A B` |")
	p.Line("")
	p.Line("A fault changes weights by 1e-3 or by 16 unit round-offs of the type, whichever is more, or it is one of structure. All")
	p.Line("have to be exit code 3. A mutant is *equivalent* if its file has the same bytes, or if every region of it has the values of the")
	p.Line("right one, over other inputs than those of the proof. One is *told of* if it changes no weight by more than the bound of the proof, 1e-12 of the")
	p.Line("layer's largest, and the same verification warns of that layer by name (`weak_layer`): two channels with weights of 1e-14 and 1e-39 that change")
	p.Line("places, for example. Both are counted apart.")
	p.Line("")
	p.Line("A fault is in one place. The regions that a mutant has in common with the right network, node for node and bit for bit, are taken")
	p.Line("for equal. Only the others are run, by the proof's own code and over its own inputs, and one of them has to differ: that alone is exit")
	p.Line("code 3. So a mutant counts as noticed where its fault is, not because something else happens to differ. If none of them differs, the whole")
	p.Line("comparison is made, and what it says counts. A file whose numbers decide by themselves is not run. With one head of each network and")
	p.Line("type, the right model and one mutant in %d are compared as a whole by `fuse --verify` in any case, ONNX Runtime included, and the mutant may", sample)
	p.Line("not be called the same if a region of it differs.")
	p.Line("The k-th mutant of a network and type has the same fault under each head; in rows that an earlier revision began, the first ones were")
	p.Line("drawn for each head. A region that does the same as one that was run before, from the same numbers, is not run again. The study goes from")
	p.Line("small networks to large ones, and is continued where it was interrupted.")
	p.Line("Images are small, such as 64 × 64, and lines of text 48 × 32 or 48 × 96, where a network takes any size. Those of layout_cdla are 160 × 128: its weights do not depend on the size.")
	p.Line("Its file declares 800 × 608, which its first mutants of float and float16 still had.")
	p.Line("")
	var setups []setup
	for _, r := range tried {
		setups = append(setups, r.Setup)
	}
	p.setups(setups)
	p.Line("**%d mutants, of which %d are equivalent. In three ways each: %d noticed, %d told of, %d missed.**",
		t.mutants, t.sameBytes+t.sameValues, t.sum("", "", ""), t.told, t.missed)
	p.Line("")
	p.statements(t)
	p.kinds(t)
	p.cells(tried)
	p.networks(tried)
	p.lists(rows)
	return p.String()
}

// statements tells which statement noticed how many.
func (p *page) statements(t tally) {
	p.Line("## Which statement noticed")
	p.Line("")
	p.Line("The first that fails counts, in the order of the columns. *outputs* is the comparison from one end to the other in float64;")
	p.Line("*error* a model that cannot be opened or run at all.")
	p.Line("")
	p.Head(append([]string{"way"}, append(statements(), "all")...)...)
	for _, w := range ways() {
		cells := []string{string(w)}
		for _, by := range statements() {
			cells = append(cells, fmt.Sprint(t.sum(w, "", by)))
		}
		p.Row(append(cells, fmt.Sprint(t.sum(w, "", "")))...)
	}
	p.Line("")
	p.Line("ONNX Runtime ran %d of the mutants made in memory, and its statement alone would have noticed %d of them.", t.onEngine[0], t.onEngine[1])
	p.Line("")
}

// kinds tells how many of each kind of fault were noticed.
func (p *page) kinds(t tally) {
	p.Line("## By kind of fault")
	p.Line("")
	cells := []string{"way"}
	for _, k := range mutant.Kinds() {
		cells = append(cells, string(k))
	}
	p.Head(cells...)
	for _, w := range ways() {
		cells := []string{string(w)}
		for _, k := range mutant.Kinds() {
			cells = append(cells, fmt.Sprint(t.sum(w, k, "")))
		}
		p.Row(cells...)
	}
	p.Line("")
}

// cells tells what became of each type with each head: noticed of those tried.
func (p *page) cells(rows []mutantRow) {
	p.Line("## By type and head")
	p.Line("")
	p.Line("Noticed of what was tried, equivalent mutants and those told of apart, all three ways together.")
	p.Line("")
	p.Head(append([]string{"type"}, mutant.Heads()...)...)
	var types []string
	for _, r := range rows {
		if !slices.Contains(types, r.Type) {
			types = append(types, r.Type)
		}
	}
	for _, typ := range types {
		cells := []string{typ}
		for _, head := range mutant.Heads() {
			t := tallyOf(slices.DeleteFunc(slices.Clone(rows), func(r mutantRow) bool { return r.Type != typ || r.Head != head }))
			cells = append(cells, t.share())
		}
		p.Row(cells...)
	}
	p.Line("")
}

// share is noticed of tried.
func (t tally) share() string {
	n := t.sum("", "", "")
	return fmt.Sprintf("%d of %d", n, n+t.missed)
}

// networks tells what became of each network.
func (p *page) networks(rows []mutantRow) {
	p.Line("## By network")
	p.Line("")
	p.Head("network", "mutants", "same bytes", "same values", "memory", "file", "foreign", "told of", "missed")
	var names []string
	of := map[string][]mutantRow{}
	for _, r := range rows {
		name := r.Group + ": " + r.Network
		if of[name] == nil {
			names = append(names, name)
		}
		of[name] = append(of[name], r)
	}
	for _, name := range names {
		t := tallyOf(of[name])
		p.Row(name, fmt.Sprint(t.mutants), fmt.Sprint(t.sameBytes), fmt.Sprint(t.sameValues), fmt.Sprint(t.sum(inMemory, "", "")),
			fmt.Sprint(t.sum(inFile, "", "")), fmt.Sprint(t.sum(foreign, "", "")), fmt.Sprint(t.told), fmt.Sprint(t.missed))
	}
	p.Line("")
}

// mostListed is how many lines a list has at most.
const mostListed = 40

// lists names what was missed, the false alarms, and what was left out.
func (p *page) lists(rows []mutantRow) {
	var told, missed, alarms, unsure, skipped []string
	for _, r := range rows {
		for _, m := range r.Told {
			told = append(told, r.name()+", "+m)
		}
		for _, m := range r.Missed {
			missed = append(missed, r.name()+", "+m)
		}
		for _, a := range r.Alarms {
			alarms = append(alarms, r.name()+", "+a)
		}
		for _, u := range r.Unsure {
			unsure = append(unsure, r.name()+", "+u)
		}
		if r.Skipped != "" {
			skipped = append(skipped, r.name()+": "+r.Skipped)
		}
	}
	p.list("Told of", told)
	p.list("Missed", missed)
	p.list("Right models that were called different", alarms)
	p.list("Right models that could not be compared", unsure)
	p.list("Left out", skipped)
}

// list writes the lines of a section; a long list is cut.
func (p *page) list(title string, lines []string) {
	p.Line("## %s", title)
	p.Line("")
	if len(lines) == 0 {
		p.Line("None.")
	}
	for k, text := range lines {
		if k == mostListed {
			p.Line("- and %d more", len(lines)-k)
			break
		}
		p.Line("- %s", text)
	}
	p.Line("")
}
