package main

import (
	"fmt"
	"strings"
)

// page is a page of Markdown.
type page struct{ strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *page) row(cells ...string) { p.line("%s", "| "+strings.Join(cells, " | ")+" |") }

// head starts a table; the first column holds text, the others numbers.
func (p *page) head(cells ...string) {
	p.row(cells...)
	p.line("%s", "| --- |"+strings.Repeat(" ---: |", len(cells)-1))
}

// setups tells where how many rows were made.
func (p *page) setups(all []setup) {
	var seen []setup
	number := map[setup]int{}
	for _, s := range all {
		if number[s] == 0 {
			seen = append(seen, s)
		}
		number[s]++
	}
	for _, s := range seen {
		p.line("- %d rows: %s, %d cores, acdeploy %s.", number[s], s.CPU, s.Cores, s.Program)
	}
	p.line("")
}
