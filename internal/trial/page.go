package main

import (
	"github.com/acdeploy/acdeploy/internal/ledger"
)

// page is the page of a trial.
type page struct{ ledger.Page }

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
		p.Line("- %d rows: %s, %d cores, acdeploy %s.", number[s], s.CPU, s.Cores, s.Program)
	}
	p.Line("")
}
