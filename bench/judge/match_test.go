package judge

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/bench"
)

// named is an arm of a model, written "role name digest weights".
func named(text string) ArmRecord {
	var a ArmRecord
	var weights int64
	if _, err := fmt.Sscanf(text, "%s %s %s %d", &a.Role, &a.Name, &a.ModelSHA256, &weights); err != nil {
		panic(err)
	}
	if a.ModelSHA256 == "-" {
		a.ModelSHA256 = ""
	}
	if weights > 0 {
		a.Files.Weights = &bench.Weights{Values: weights}
	}
	return a
}

func arms(texts ...string) (all []ArmRecord) {
	for _, text := range texts {
		all = append(all, named(text))
	}
	return all
}

func TestMatch(t *testing.T) {
	for name, c := range map[string]struct {
		first, second []ArmRecord
		want          string // pairs, then what is left
	}{
		"moved folders": {
			arms("baseline a/b.onnx d1 9", "candidate a/c.onnx d2 9"), arms("baseline z/x.onnx d1 9", "candidate z/y.onnx d2 9"),
			"a/b.onnx=z/x.onnx a/c.onnx=z/y.onnx |  | ",
		},
		"the same paths, other networks": {
			arms("baseline b.onnx d1 9", "candidate c.onnx d2 9"), arms("baseline b.onnx d3 7", "candidate c.onnx d4 7"),
			" | b.onnx c.onnx | b.onnx c.onnx",
		},
		"trained anew": {
			arms("baseline b.onnx d1 9", "candidate c.onnx d2 9"), arms("baseline b.onnx d3 9", "candidate c.onnx d4 9"),
			"b.onnx~b.onnx c.onnx~c.onnx |  | ",
		},
		"another candidate against the same baseline": {
			arms("baseline b.onnx d1 9", "candidate c.onnx d2 9"), arms("baseline b.onnx d1 9", "candidate e.onnx d4 7"),
			"b.onnx=b.onnx c.onnx~e.onnx |  | ",
		},
		"another baseline of the same candidate": {
			arms("baseline b.onnx d1 9", "candidate c.onnx d2 9"), arms("baseline e.onnx d3 7", "candidate c.onnx d2 9"),
			"c.onnx=c.onnx | b.onnx | e.onnx",
		},
		"another role": {arms("baseline b.onnx d1 9"), arms("candidate b.onnx d1 9"), " | b.onnx | b.onnx"},
		"two candidates in another order": {
			arms("candidate c.onnx d1 9", "candidate e.onnx d2 9"), arms("candidate x.onnx d2 9", "candidate y.onnx d1 9"),
			"c.onnx=y.onnx e.onnx=x.onnx |  | ",
		},
		"one model under two names": {
			arms("candidate c.onnx d1 9", "candidate e.onnx d1 9"), arms("candidate e.onnx d1 9", "candidate c.onnx d1 9"),
			"c.onnx=c.onnx e.onnx=e.onnx |  | ",
		},
		"which of two candidates it was": {
			arms("baseline b.onnx d1 9", "candidate c.onnx d2 9"), arms("baseline b.onnx d1 9", "candidate x.onnx d3 9", "candidate y.onnx d4 9"),
			"b.onnx=b.onnx | c.onnx | x.onnx y.onnx",
		},
		"no digests": {arms("candidate c.onnx - 0", "candidate e.onnx - 0"), arms("candidate c.onnx d1 9"), "c.onnx=c.onnx | e.onnx | "},
	} {
		pairs, first, second := Match(c.first, c.second)
		var made []string
		for _, p := range pairs {
			sign := "~"
			if p.Same {
				sign = "="
			}
			made = append(made, p.First.Name+sign+p.Second.Name)
		}
		left := func(arms []ArmRecord) string {
			var names []string
			for _, a := range arms {
				names = append(names, a.Name)
			}
			return strings.Join(names, " ")
		}
		if got := strings.Join(made, " ") + " | " + left(first) + " | " + left(second); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Arms of other settings are no counterparts, whatever the settings' numbers.
func TestMatchUnderOneSetting(t *testing.T) {
	one, other := named("candidate c.onnx d1 9"), named("candidate c.onnx d1 9")
	other.Setting = 3
	if pairs, _, _ := Match([]ArmRecord{one}, []ArmRecord{other}); len(pairs) != 1 {
		t.Errorf("the number of a setting tells arms apart: %v", pairs)
	}
	other.Batch = 8
	if pairs, _, _ := Match([]ArmRecord{one}, []ArmRecord{other}); len(pairs) != 0 {
		t.Errorf("batch 1 and batch 8: %v", pairs)
	}
}
