package judge

import (
	"github.com/acdeploy/acdeploy/bench"
)

// Evidence is what a run found out about a fused model beside its latency.
type Evidence struct {
	Proof    string            // of the answers; "" where they were not compared
	Enough   bool              // it is at least the one that the gate asks for, of answers that are the same
	Top1     *Right            // nil where there are no labels
	Bytes    [2]int64          // of the model as trained and of the fused one, with their data; 0 where unknown
	Refusals *int              // nodes that were left; nil where nothing was fused
	Convs    *int              // convolutions of the fused model
	Baseline *int              // of the baseline
	Absent   map[string]string // engines that a gate asks for and that did not run, with the reason
}

// Right counts the right answers before and after.
type Right struct {
	Before, After int // right answers of the model as trained, and of the fused one
	Of            int // all answers of each
}

// exactly is less than any count, and more than what rounding makes of a limit that is met exactly.
const exactly = 1e-6

// OfRun judges a fused model by all else than its latency.
func (g Gates) OfRun(e Evidence) []GateResult {
	list := []GateResult{}
	if g.Proof != "" {
		r := gate(GateProof)
		switch {
		case e.Proof == "":
			r = r.as(GateInvalid, "the answers were not compared; proof is %s", g.Proof)
		case !e.Enough:
			r = r.as(GateFailed, "the proof is %s; proof is to be %s", e.Proof, g.Proof)
		}
		list = append(list, r)
	}
	if g.Top1MaxDrop != "" {
		list = append(list, g.top1(e))
	}
	if g.SizeMaxGrowth != "" {
		list = append(list, g.size(e))
	}
	if most, err := g.Fused.MaxRefusals.count(); g.Fused.MaxRefusals != "" && err == nil {
		list = append(list, counted(GateRefusals, e.Refusals, &most, "refusals"))
	}
	if g.Fused.ConvCount != "" {
		most := e.Baseline
		if n, err := g.Fused.ConvCount.count(); err == nil {
			most = &n
		}
		list = append(list, counted(GateConvs, e.Convs, most, "convolutions"))
	}
	for _, name := range g.Engines {
		r := gate(GateEngine)
		if why, absent := e.Absent[name]; absent {
			r = r.as(GateMissing, "required engine %s: %s", name, why)
		}
		list = append(list, r)
	}
	return list
}

// Anything asks that something was fused, in so many rewrites.
func Anything(fused bool, rewrites int) GateResult {
	r := gate(GateAnything)
	if r.Value = bench.Float(rewrites); !fused {
		return r.as(GateFailed, "nothing was fused, but is required")
	}
	return r
}

func (g Gates) top1(e Evidence) GateResult {
	r := gate(GateTop1)
	most, _ := g.Top1MaxDrop.share() // which is valid
	r.Bound = bench.Float(most)
	if e.Top1 == nil || e.Top1.Of == 0 {
		return r.as(GateInvalid, "no right answers are known; give labelled data with verify.data")
	}
	lost := float64(e.Top1.Before - e.Top1.After)
	r.Value = bench.Float(lost / float64(e.Top1.Of))
	if lost > float64(r.Bound)*float64(e.Top1.Of)+exactly {
		return r.as(GateFailed, "%d of %d answers are right instead of %d; top1_max_drop is %s", e.Top1.After, e.Top1.Of, e.Top1.Before, g.Top1MaxDrop)
	}
	return r
}

func (g Gates) size(e Evidence) GateResult {
	r := gate(GateSize)
	most, _ := g.SizeMaxGrowth.share() // which is valid
	r.Bound = bench.Float(most)
	if e.Bytes[0] == 0 || e.Bytes[1] == 0 {
		return r.as(GateInvalid, "the sizes of the files are not known")
	}
	before, after := float64(e.Bytes[0]), float64(e.Bytes[1])
	r.Value = bench.Float(after/before - 1)
	if after > before*(1+float64(r.Bound))+exactly {
		return r.as(GateFailed, "the fused model takes %d bytes instead of %d; size_max_growth is %s", e.Bytes[1], e.Bytes[0], g.SizeMaxGrowth)
	}
	return r
}

// counted judges a number as it is.
func counted(name string, found, most *int, what string) GateResult {
	r := gate(name)
	if found != nil {
		r.Value = bench.Float(*found)
	}
	if most != nil {
		r.Bound = bench.Float(*most)
	}
	switch {
	case found == nil:
		return r.as(GateInvalid, "nothing was fused, so there are no %s to count", what)
	case most == nil:
		return r.as(GateInvalid, "there is no baseline whose %s could be counted", what)
	case *found > *most:
		return r.as(GateFailed, "%d %s; %s allows %d", *found, what, name, *most)
	}
	return r
}
