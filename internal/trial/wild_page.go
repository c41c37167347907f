package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/human"
)

// wildPage writes the page.
func wildPage(rows []wildRow) string {
	p := &page{}
	p.Line("# Where the proof could cry wolf")
	p.Line("")
	p.Line("Written by `make wild` from [wild.jsonl](wild.jsonl). Each model is fused and verified, over several seeds of the generated")
	p.Line("inputs, in float64 and with ONNX Runtime where it is there. The passes are exact, so no fusion may be called different.")
	p.Line("")
	var setups []setup
	comparisons, alarms := 0, 0
	for _, r := range rows {
		setups = append(setups, r.Setup)
		for _, n := range r.Exits {
			comparisons += n
		}
		alarms += len(r.Alarms)
	}
	p.setups(setups)
	if engines := enginesOf(rows); len(engines) > 0 {
		p.Line("The engine is %s.", strings.Join(engines, ", "))
		p.Line("")
	}
	p.Line("**%d models, %d comparisons: %d called a sound fusion different.**", len(rows), comparisons, alarms)
	p.Line("")
	p.Line("*fused* counts the rewrites that do arithmetic. *regions* is how many rewritten regions were compared. *region* is the largest difference of one, *float64* that of an output")
	p.Line("from one end to the other, *engine* the output with the largest difference of what is allowed. An exit code of 5 says that")
	p.Line("nothing could compare the two; then nothing is claimed. Integer inputs are drawn too, and not every model takes every number.")
	p.Line("")
	p.models("Models of Python packages", of(rows, groupPackages))
	p.models("Trained models", of(rows, groupTrained))
	p.models("Built-in networks", of(rows, groupZoo))
	p.corpus(of(rows, groupCorpus))
	p.grown(rows)
	p.norms(rows)
	p.loads(rows)
	p.others(rows)
	p.wildLists(rows)
	return p.String()
}

// enginesOf lists the engines with their versions.
func enginesOf(rows []wildRow) []string {
	engines := map[string]bool{}
	for _, r := range rows {
		engines[r.Engine] = true
	}
	delete(engines, "")
	return slices.Sorted(maps.Keys(engines))
}

func of(rows []wildRow, group string) []wildRow {
	return slices.DeleteFunc(slices.Clone(rows), func(r wildRow) bool { return r.Group != group })
}

// models is a table of models, a line each.
func (p *page) models(title string, rows []wildRow) {
	if len(rows) == 0 {
		return
	}
	p.Line("## %s", title)
	p.Line("")
	var sources []string
	for _, r := range rows {
		if r.Source != "" && !slices.Contains(sources, r.Source) {
			sources = append(sources, r.Source)
		}
	}
	if len(sources) > 0 {
		p.Line("The packages: %s.", strings.Join(sources, ", "))
		p.Line("")
	}
	p.Head("model", "nodes", "fused", "proof", "regions", "region", "float64", "engine", "exit codes")
	for _, r := range rows {
		if r.Skipped != "" {
			p.Row(r.Model, "–", "–", "–", "–", "–", "–", "–", "left out")
			continue
		}
		engine := "–"
		if r.OnEngine >= 0 {
			engine = fmt.Sprintf("%.1e of %.1e", float64(r.OnEngine), float64(r.Allowed))
		}
		p.Row(r.Model, fmt.Sprintf("%d → %d", r.Before, r.After), counts(arithmetic(r.Passes)), r.Proof,
			fmt.Sprintf("%d of %d", r.Compared, r.Regions), small(r.Region), small(r.Exact), engine, counts(r.Exits))
	}
	p.Line("")
}

// small is a difference; a dash where nothing was compared.
func small(v bench.Float) string {
	switch {
	case v < 0:
		return "–"
	case v == 0:
		return "0"
	}
	return fmt.Sprintf("%.1e", float64(v))
}

// arithmetic leaves out the passes that only clean up.
func arithmetic(passes map[string]int) map[string]int {
	made := map[string]int{}
	for name, n := range passes {
		if strings.HasPrefix(name, "fold_") && name != "fold_constants" || strings.HasPrefix(name, "fuse_") {
			made[name] = n
		}
	}
	return made
}

// counts lists numbers by name, such as "fold_batchnorm: 12, fuse_branches: 4".
func counts(of map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%s: %d", name, of[name]))
	}
	if len(parts) == 0 {
		return "–"
	}
	return strings.Join(parts, ", ")
}

// corpus sums up the published models.
func (p *page) corpus(rows []wildRow) {
	if len(rows) == 0 {
		return
	}
	p.Line("## Models that the ONNX project publishes")
	p.Line("")
	p.Line("Those of `make corpus` that the passes change.")
	p.Line("")
	type outcome struct{ proof, exits string }
	number := map[outcome]int{}
	for _, r := range rows {
		o := outcome{r.Proof, counts(r.Exits)}
		if r.Skipped != "" {
			o = outcome{"–", "left out"}
		}
		number[o]++
	}
	p.Head("proof", "exit codes", "models")
	keys := slices.SortedFunc(maps.Keys(number), func(a, b outcome) int {
		if n := number[b] - number[a]; n != 0 {
			return n
		}
		return strings.Compare(a.proof+a.exits, b.proof+b.exits)
	})
	for _, o := range keys {
		p.Row(o.proof, o.exits, fmt.Sprint(number[o]))
	}
	p.Line("")
}

// wildLists names the false alarms, and says why something was left out or not compared.
func (p *page) wildLists(rows []wildRow) {
	var alarms, broken, skipped []string
	why := map[string][]string{} // models by reason
	for _, r := range rows {
		for _, a := range r.Alarms {
			alarms = append(alarms, r.Model+": "+a)
		}
		for _, e := range r.Errors {
			broken = append(broken, r.Model+": "+e)
		}
		if r.Skipped != "" {
			skipped = append(skipped, r.Model+": "+r.Skipped)
		}
		if r.Proof == "partial" || r.Exits["5"] > 0 {
			for _, reason := range r.Reasons {
				why[reason] = append(why[reason], r.Model)
			}
		}
	}
	p.list("Sound fusions that were called different", alarms)
	p.list("Ended by an error", broken)
	var reasons []string
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		reasons = append(reasons, fmt.Sprintf("%s: %s", strings.Join(why[reason], ", "), reason))
	}
	p.list("Not compared in full", reasons)
	p.list("Left out", skipped)
}

// grown lists the files that grew, with the nodes that this saved.
func (p *page) grown(rows []wildRow) {
	var list []string
	for _, r := range rows {
		if r.Bytes[1] > r.Bytes[0] {
			list = append(list, fmt.Sprintf("%s: %s → %s, %d → %d nodes", r.Model, human.Bytes(r.Bytes[0]), human.Bytes(r.Bytes[1]), r.Before, r.After))
		}
	}
	p.list("Files that grew, and the nodes that this saved", list)
}

// norms lists the models in which a batch normalisation is left, and why.
func (p *page) norms(rows []wildRow) {
	var list []string
	for _, r := range rows {
		if n := r.Ops["BatchNormalization"]; n > 0 && r.Group != groupCorpus {
			list = append(list, fmt.Sprintf("%s: %d, refused for %s", r.Model, n, counts(r.Norms)))
		}
	}
	p.list("BatchNormalization that is left", list)
}

// loads shows how long the engine takes to open the fused file.
func (p *page) loads(rows []wildRow) {
	rows = slices.DeleteFunc(slices.Clone(rows), func(r wildRow) bool { return r.Load == nil })
	if len(rows) == 0 {
		return
	}
	p.Line("## How long the engine takes to load")
	p.Line("")
	p.Line("The time to open the fused file over the time to open the original, each opened %d times in turn, with the interval of", loadPairs)
	p.Line("90 %%.")
	p.Line("")
	p.Head("model", "fused / original", "interval")
	for _, r := range rows {
		p.Row(r.Model, fmt.Sprintf("%.2f", float64(r.Load.Ratio)), fmt.Sprintf("%.2f – %.2f", float64(r.Load.Low), float64(r.Load.High)))
	}
	p.Line("")
}

// others shows how many nodes other optimisers leave, and where these are fewer.
func (p *page) others(rows []wildRow) {
	names := map[string]bool{}
	for _, r := range rows {
		for name := range r.Others {
			names[name] = true
		}
	}
	if len(names) == 0 {
		return
	}
	tools := slices.Sorted(maps.Keys(names))
	p.Line("## Nodes beside those of other optimisers")
	p.Line("")
	p.Line("Without Constant nodes. A dash is a model that the other program fails over.")
	p.Line("")
	p.Head(append([]string{"model", "acdeploy"}, tools...)...)
	var fewer []string
	for _, r := range rows {
		if len(r.Others) == 0 {
			continue
		}
		row := []string{r.Model, fmt.Sprint(total(r.Ops))}
		for _, tool := range tools {
			o := r.Others[tool]
			if o.Ops == nil {
				row = append(row, "–")
				continue
			}
			row = append(row, fmt.Sprint(total(o.Ops)))
			if total(o.Ops) < total(r.Ops) {
				fewer = append(fewer, fmt.Sprintf("%s, %s: %s", r.Model, tool, fewerOf(o.Ops, r.Ops)))
			}
		}
		p.Row(row...)
	}
	p.Line("")
	p.list("Where another optimiser leaves fewer", fewer)
}
