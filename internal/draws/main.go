// Program draws writes docs/random-graphs.md from what the tests over random graphs print: go run ./internal/draws FILE PAGE.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/ledger"
)

func main() {
	if err := write(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "draws:", err)
		os.Exit(1)
	}
}

func write(args []string) error {
	if len(args) != 2 {
		return errors.New("give the file with what go test -json printed, and the page to write")
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	all, err := read(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	_, revision := host.Build()
	facts := host.Read(context.Background())
	made := fmt.Sprintf("%s, %d cores, acdeploy %s, %s", facts.CPU.Brand, runtime.NumCPU(), revision, time.Now().UTC().Format(time.DateOnly))
	return os.WriteFile(args[1], []byte(page(all, made)), 0o644)
}

// study is what one test drew, as it says itself with the attribute drawn.
type study struct {
	Idea    string        `json:"idea"`
	First   uint64        `json:"first"` // the first seed; the others follow it
	Graphs  int           `json:"graphs"`
	Changed int           `json:"changed"`
	Opsets  map[int64]int `json:"opsets"` // how many graphs are of each opset

	test string
}

// read finds what was drawn among what go test -json printed. A test that failed, and nothing drawn, are errors.
func read(r io.Reader) ([]study, error) {
	var all []study
	for e, err := range ledger.Events(r) {
		switch {
		case err != nil:
			return nil, err
		case e.Action == "fail":
			return nil, fmt.Errorf("%s %s failed", e.Package, e.Test)
		case e.Action == "attr" && e.Key == "drawn":
			s := study{test: e.Test}
			if err := json.Unmarshal([]byte(e.Value), &s); err != nil {
				return nil, fmt.Errorf("%s: %w", e.Test, err)
			}
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("no test says what it drew")
	}
	return all, nil
}

// page is the page of the studies. Made says where and with what.
func page(all []study, made string) string {
	var p ledger.Page
	total, changed, opsets := 0, 0, map[int64]bool{}
	for _, s := range all {
		total, changed = total+s.Graphs, changed+s.Changed
		for opset := range s.Opsets {
			opsets[opset] = true
		}
	}
	p.Line(`# Random graphs

**Of %s random graphs %s were rewritten. Each that runs gave the answers that it gave before.**

- %s

Each row of the first table is a test of `+"`passes`"+`. It draws graphs of the operators that one idea is about, sizes, element types and opsets at
random, fuses them, and compares the answers before and after in float64, on the executor that shares no reading of nodes with the passes.
Each graph also keeps every promise of a pass: the same result each time, nothing left to do in a second run, names and types that stay.
A graph follows from its seed alone. *Changed* counts the graphs in which something was rewritten; the others are there to be refused, or do not
run. Some graphs run at no size that is tried, and most of the constants are random bytes that make no graph which runs: these have no answers to
compare.

Every commit draws the first tenth of these. `+"`make random-study`"+` draws them all and writes this page; `+"`FROM=`"+` begins at another seed, and
`+"`TIMES=`"+` draws so many times as many.
`, thousands(total), thousands(changed), made)
	p.Head("idea", "graphs", "first seed", "changed", "test")
	for _, s := range all {
		p.Row(s.Idea, thousands(s.Graphs), strconv.FormatUint(s.First, 10), thousands(s.Changed), "`"+s.test+"`")
	}
	p.Line("\n## How many are of each opset\n")
	sorted := slices.Sorted(maps.Keys(opsets))
	head := []string{"idea"}
	for _, opset := range sorted {
		head = append(head, strconv.FormatInt(opset, 10))
	}
	p.Head(head...)
	for _, s := range all {
		row := []string{s.Idea}
		for _, opset := range sorted {
			if n := s.Opsets[opset]; n > 0 {
				row = append(row, thousands(n))
			} else {
				row = append(row, "–")
			}
		}
		p.Row(row...)
	}
	return p.String()
}

func thousands(n int) string { return human.Thousands(int64(n)) }
