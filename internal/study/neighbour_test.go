package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/host"
)

// TestMain makes the test binary the neighbour that a test asks for.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == neighbourArgument {
		burn()
		return
	}
	os.Exit(m.Run())
}

// The neighbour uses a processor for as long as somebody holds its input, and no longer.
func TestNeighbour(t *testing.T) {
	if _, err := exec.LookPath("taskset"); err != nil {
		t.Skip("needs taskset: ", err)
	}
	stop, err := loadOthers()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan bool)
	go func() { stop(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("the neighbour stays")
	}
}

// Half a processor is what the program sees while it is confined, and not afterwards.
func TestHalfAProcessor(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may make control groups")
	}
	before := host.ReadLimits().CPUQuota
	leave, err := halfAProcessor()
	if err != nil {
		t.Skip("this system lets nobody make control groups: ", err)
	}
	if got := host.ReadLimits().CPUQuota; got != "50000 100000" {
		t.Errorf("confined, the quota is %q", got)
	}
	if err := leave(); err != nil {
		t.Fatal(err)
	}
	if got := host.ReadLimits().CPUQuota; got != before {
		t.Errorf("afterwards the quota is %q, before it was %q", got, before)
	}
}

func TestNeighbours(t *testing.T) {
	said := func(v judge.Verdict, n int) []record {
		var all []record
		for range n {
			a := arm{Name: neighbourArm, Verdict: v, Ratios: []bench.Float{1, 1.001, 0.999, 1, 1.001, 0.999, 1, 1.001, 0.999, 1, 1.001, 0.999}}
			all = append(all, record{Part: partNeighbour, Setup: setup{Margin: 0.02}, Arms: []arm{a}})
		}
		return all
	}
	for want, all := range map[string][]record{
		"Not measured yet.": nil,
		"Called equivalent: 0 of 59, so at most 5.0 % (95 %). The claim holds.":     said(judge.Invalid, neighbourRuns),
		"Called equivalent: 1 of 60, so at most 7.7 % (95 %). The claim **fails**.": append(said(judge.Invalid, 59), said(judge.Equivalent, 1)...),
		"| the numbers alone | 59 | 0 | 0 | 0 | 0 |":                                said(judge.Invalid, neighbourRuns),
	} {
		p := &page{}
		p.neighbours(all)
		if text := p.String(); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
