package passes_test

import (
	"encoding/json"
	"iter"
	"maps"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// timesVariable tells the random tests to draw all their graphs, so many times. Without it they draw a tenth of them.
const timesVariable = "ACDEPLOY_RANDOM"

// seedVariable is the first seed.
const seedVariable = "ACDEPLOY_SEED"

// draws is what a test of one idea draws, and what became of it. internal/draws makes a page of it.
type draws struct {
	Idea    string        `json:"idea"`
	First   uint64        `json:"first"`
	Graphs  int           `json:"graphs"`
	Changed int           `json:"changed"`
	Opsets  map[int64]int `json:"opsets"`

	lock sync.Mutex
}

// draw begins a test of an idea that draws a number of random graphs in the whole study: a tenth of them otherwise, a fortieth where
// time is short. Graphs of all the opsets have to be among them.
func draw(t *testing.T, idea string, whole int, opsets []int64) *draws {
	t.Helper()
	times, part := setting(t, timesVariable, 0), 10
	if testing.Short() {
		part = 40
	}
	d := &draws{Idea: idea, First: uint64(setting(t, seedVariable, 0)), Graphs: whole / part, Opsets: map[int64]int{}}
	if times > 0 {
		d.Graphs = times * whole
	}
	t.Cleanup(func() {
		if t.Failed() || t.Skipped() {
			return
		}
		for _, opset := range opsets {
			if d.Opsets[opset] == 0 && !testing.Short() {
				t.Errorf("no graph of opset %d is among %d", opset, d.Graphs)
			}
		}
		for opset := range d.Opsets {
			if !slices.Contains(opsets, opset) {
				t.Errorf("a graph of opset %d is among those of %v", opset, opsets)
			}
		}
		said, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		t.Attr("drawn", string(said))
		t.Logf("opsets %v", slices.Sorted(maps.Keys(d.Opsets)))
	})
	return d
}

// seeds are those of the graphs.
func (d *draws) seeds() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for i := range uint64(d.Graphs) {
			if !yield(d.First + i) {
				return
			}
		}
	}
}

// count notes that a graph was tested, and whether anything was rewritten in it.
func (d *draws) count(opset int64, changed bool) {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.Opsets[opset]++
	if changed {
		d.Changed++
	}
}

// fromSeven are the opsets that inOpset draws.
func fromSeven() []int64 {
	var opsets []int64
	for opset := range int64(18) {
		opsets = append(opsets, 7+opset)
	}
	return opsets
}

func setting(t *testing.T, name string, preset int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return preset
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		t.Fatalf("%s is %q, not a number", name, text)
	}
	return n
}
