package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/ledger"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// covering has n measurements of an arm, of which k hold the truth.
func covering(network, name string, k, n int) []record {
	var all []record
	for i := range n {
		a := arm{Name: name, Truth: 1.02, CI: [2]bench.Float{1.01, 1.03}}
		if i >= k {
			a.CI[0] = 1.025
		}
		all = append(all, record{Part: partKnown, Network: network, Arms: []arm{a}})
	}
	return all
}

func TestCoverages(t *testing.T) {
	all := append(covering("resnet20", "+2 %", 36, 40), covering("mobile_dw", "+5 %", 17, 40)...)
	all = append(all, record{Part: partKnown, Network: "resnet20", Arms: []arm{{Name: "+1 %"}}}) // of before the truth was recorded
	list := coverages(all)
	if got, want := fmt.Sprint(list), "[{resnet20 +2 % {36 40}} {mobile_dw +5 % {17 40}}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := missing(list); len(got) != 1 || got[0].network != "mobile_dw" {
		t.Errorf("missing %v", got)
	}
	p := &page{}
	p.coverage(all)
	if text := p.String(); !strings.Contains(text, "53 of 80, 66.2 % (") || !strings.Contains(text, "1 of 2 arms miss 90 %. The claim **fails**.") {
		t.Error(text)
	}
	p = &page{}
	p.coverage(covering("resnet20", "itself", 36, 40))
	if text := p.String(); !strings.Contains(text, "0 of 1 arms miss 90 %. The claim holds.") {
		t.Error(text)
	}
	p = &page{}
	p.coverage(nil)
	if text := p.String(); !strings.Contains(text, "No measurement has recorded it yet.") {
		t.Error(text)
	}
}

// TestHolm misses no arm of many by chance: with 12 arms that have their confidence, some is called missing in at most 5 % of the studies.
func TestHolm(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const studies = 2000
	wrong := 0
	for range studies {
		list := make([]coverage, 12)
		for i := range list {
			for range 40 {
				if list[i].n++; rng.Float64() < confidence {
					list[i].k++
				}
			}
		}
		if len(missing(list)) > 0 {
			wrong++
		}
	}
	if wrong > studies*65/1000 {
		t.Errorf("%d of %d studies find an arm that misses", wrong, studies)
	}
}

// TestCoverageUnderRecordedNoise draws measurements from what was recorded: the units of one measurement, spread as those of all,
// skewed and heavy-tailed as they are. The intervals have to hold the truth in 88 to 92 % of 10,000.
func TestCoverageUnderRecordedNoise(t *testing.T) {
	all, err := ledger.Read[record]("../../docs/verdict-study.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	for _, network := range known() {
		var pools [][]float64
		for _, r := range all {
			for _, a := range r.Arms {
				if r.Part == partKnown && r.Network == network && len(a.Ratios) >= stats.MinUnits {
					pools = append(pools, centred(a.Ratios))
				}
			}
		}
		if len(pools) < 80 {
			t.Fatalf("%s: %d measurements are kept", network, len(pools))
		}
		rng := rand.New(rand.NewPCG(3, 4))
		const repeats, truth = 10_000, 0.02
		covered := 0
		for range repeats {
			pool := pools[rng.IntN(len(pools))]
			d := make([]float64, 12)
			for i := range d {
				d[i] = truth + pool[rng.IntN(len(pool))]
			}
			if stats.Paired(d, 0.02, stats.Alpha).Interval.Contains(truth) {
				covered++
			}
		}
		if share := float64(covered) / repeats; share < 0.88 || share > 0.92 {
			t.Errorf("%s: %.1f %% covered", network, 100*share)
		}
	}
}

// centred are the log ratios of units without their mean.
func centred(ratios []bench.Float) []float64 {
	logs := make([]float64, len(ratios))
	for i, r := range ratios {
		logs[i] = math.Log(float64(r))
	}
	mean := stat.Mean(logs, nil)
	for i := range logs {
		logs[i] -= mean
	}
	return logs
}
