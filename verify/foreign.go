package verify

import (
	"context"
	"maps"
	"math"
	"slices"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/internal/layers"
	"github.com/acdeploy/acdeploy/tensor"
)

// retries is how often regions that differ are compared again with their neighbours. A value that seemed to mean the same in
// both models and does not is then inside a region.
const retries = 2

// ForeignProof compares two models of which nothing is known but that they should give the same answers. The second has the
// weights of its file, each rounded at least once. Values that mean the same are found by their numbers, whatever their names
// are, and what lies between them is compared like the regions of a [RegionProof]. The results of a region may differ as much
// as its constants move them when each is moved by a rounding of its type.
type ForeignProof struct {
	models side[*graph.Model]
	exact  side[Exact]
	seed   uint64
	same   matches
	found  map[*graph.Value]*graph.Value // the values that seemed to mean the same at first
	last   *RegionProof
	result AlgebraResult
	first  *RegionProof                    // the first attempt
	known  func(*graph.Value) *graph.Value // nil where nothing is known of the second model
}

// NewForeignProof prepares the comparison of two models that are open in float64.
func NewForeignProof(first, second *graph.Model, was, is Exact, seed uint64) *ForeignProof {
	return &ForeignProof{models: side[*graph.Model]{first, second}, exact: side[Exact]{was, is}, seed: seed}
}

// Outside says that the second model came of the first by passes one of which ran a program. Its other constants are unrounded, so each
// region is compared in real arithmetic first, and by what rounding explains where that is not enough. Origin gives the value of the first
// model by whose name a value goes; a name that turned out to mean something else is no border any more.
func (f *ForeignProof) Outside(origin func(*graph.Value) *graph.Value) { f.known = origin }

// match finds the values that seem to mean the same over an input.
func (f *ForeignProof) match(ctx context.Context, in tensor.Map) (err error) {
	if f.same, err = matchValues(ctx, f.models, f.exact, in); err != nil {
		return err
	}
	for g := range f.models.is.Graph.All() {
		for n := range g.Nodes() {
			for _, v := range results(n) {
				if f.known == nil || f.same.kept[v] {
					continue
				}
				if w := f.known(v); w != nil {
					f.same.origin[v] = w
				}
			}
		}
	}
	f.found = maps.Clone(f.same.origin)
	return nil
}

// Run compares the models as [RegionProof.Run] does.
func (f *ForeignProof) Run(ctx context.Context, inputs []tensor.Map, outputs []tensor.Spec, tolerance float64, went func(done float64, node string)) (check Check, lost, err error) {
	if err := f.match(ctx, inputs[0]); err != nil {
		return check, nil, err
	}
	for try := 0; ; try++ {
		proof := f.attempt(try)
		check, lost, err = proof.Run(ctx, inputs, outputs, tolerance, went)
		if err != nil {
			return check, lost, err
		}
		f.last = proof
		if try == 0 {
			f.first = proof
		}
		if found := proof.Result(); try == 0 || found.Equal() && proof.excuses(f.first.unequal()) {
			f.result = found // the first one is the most exact in where the models differ
		}
		if f.settled(proof, try) {
			return check, lost, nil
		}
	}
}

// attempt compares the regions between the values that seem to mean the same.
func (f *ForeignProof) attempt(try int) *RegionProof {
	proof := NewRegionProof(f.models.was, f.models.is, f.exact.was, f.exact.is, func(v *graph.Value) *graph.Value { return f.same.origin[v] }, f.seed)
	by := float64(drawn)
	if try > 0 {
		by, proof.suspects = drawnAgain, map[side[*graph.Value]]*suspicion{}
		for _, r := range f.first.unequal() {
			proof.suspects[r.result] = &suspicion{still: maps.Clone(f.first.verdicts[r].channels)}
		}
	}
	if f.known != nil {
		proof.outside = by
	} else {
		proof.drawn = by
	}
	return proof
}

// settled reports whether another attempt could not change what was found. If it could, the regions that differ have no borders then.
func (f *ForeignProof) settled(proof *RegionProof, try int) bool {
	differ := proof.unequal()
	firm := slices.ContainsFunc(differ, func(r *region) bool { return proof.verdicts[r].firm })
	return len(differ) == 0 || firm || try == retries || !f.same.forget(differ)
}

// Parts are those of the regions of the first attempt, whose values meet over one input.
func (f *ForeignProof) Parts(ctx context.Context, in tensor.Map) (Parts, error) {
	if f.found == nil {
		if err := f.match(ctx, in); err != nil {
			return nil, err
		}
	}
	f.same.origin = f.found
	return f.attempt(0).Parts(), nil
}

// Apart is how many times as far apart as it may be the region is that differs the most, when all attempts are made and the parts are
// taken for equal: more than 1 where the models differ. Nothing else of them is run than the other regions and what leads to them.
func (f *ForeignProof) Apart(ctx context.Context, inputs []tensor.Map, but Parts) (float64, error) {
	last, err := f.alone(ctx, inputs, but, false)
	if err != nil {
		return 0, err
	}
	return last.apart(), nil
}

// Differs reports whether [ForeignProof.Apart] is more than 1. It runs no region again that differs.
func (f *ForeignProof) Differs(ctx context.Context, inputs []tensor.Map, but Parts) (bool, error) {
	last, err := f.alone(ctx, inputs, but, true)
	return err == nil && len(last.unequal()) > 0, err
}

// alone makes all attempts with the regions that are not among the parts, and returns the last one.
func (f *ForeignProof) alone(ctx context.Context, inputs []tensor.Map, but Parts, brief bool) (*RegionProof, error) {
	if f.found == nil {
		if err := f.match(ctx, inputs[0]); err != nil {
			return nil, err
		}
	}
	for try := 0; ; try++ {
		proof := f.attempt(try)
		proof.leaveOut(but)
		proof.brief = brief
		if err := proof.regionsAlone(ctx, inputs, try == retries); err != nil {
			return nil, err
		}
		if try == 0 {
			f.first = proof
		}
		switch {
		case !f.settled(proof, try):
		case proof.excuses(f.first.unequal()):
			return proof, nil
		default:
			return f.first, nil
		}
	}
}

// Changed is the comparison with a copy of the second model in which constants were changed: its values go with those of the first model
// that the values of the second went with at first. Both are open in float64.
func (f *ForeignProof) Changed(second *graph.Model, was, is Exact) *ForeignProof {
	c := NewForeignProof(f.models.was, second, was, is, f.seed)
	c.known, c.same, c.found = f.known, newMatches(), map[*graph.Value]*graph.Value{}
	for g := range second.Graph.All() {
		for n := range g.Nodes() {
			for _, v := range results(n) {
				if w := f.found[v.Origin()]; w != nil {
					c.same.origin[v], c.found[v] = w, w
				}
				c.same.kept[v] = f.same.kept[v.Origin()]
			}
		}
	}
	return c
}

// suspicion is what is known of two values that differed over noise for what is next to them, where they are computed from what is farther.
type suspicion struct {
	still   map[int]bool // the channels in which they differed, but for those that hold several numbers in a run in which the two are the same
	differ  bool         // they are not the same in some run
	depends bool         // the result is another with the first model's numbers in place of the second's
}

// excused reports whether the two mean the same after all, or the second one means something else that the result makes up for. It is neither
// where they are apart and the result is the same whatever they are: a Relu hides much.
func (s suspicion) excused() bool { return s.depends || len(s.still) == 0 && !s.differ }

// excuses reports whether regions that are equal with their neighbours excuse others that differ by themselves. A comparison that could not be
// made excuses nothing.
func (a *RegionProof) excuses(differ []*region) bool {
	for _, d := range differ {
		for _, r := range a.regions {
			v := a.verdicts[r]
			if (!v.compared || v.lost || r.left(v) != "") && a.meet(r, d) {
				return false
			}
			if s := a.suspects[d.result]; s != nil && !s.excused() && r.holds(d.result) {
				return false
			}
		}
	}
	return true
}

// meet reports whether nodes of the second version of a region are in another one too, maybe in graphs of its nodes. What is computed from
// constants is in all that read it.
func (a *RegionProof) meet(r, other *region) bool {
	for _, n := range r.nodes.is {
		if list := results(n); len(list) > 0 && a.borders.fixed[list[0]] {
			continue
		}
		if slices.Contains(other.nodes.is, n) {
			return true
		}
		for g := range n.Subgraphs() {
			if slices.ContainsFunc(other.nodes.is, func(n *graph.Node) bool { return slices.Contains(slices.Collect(g.All()), n.Graph()) }) {
				return true
			}
		}
	}
	return false
}

// holds reports whether both values are computed within the region, and are not its result.
func (r *region) holds(v side[*graph.Value]) bool {
	return v.was != r.result.was && v.is != r.result.is && slices.Contains(r.nodes.was, v.was.Producer()) && slices.Contains(r.nodes.is, v.is.Producer())
}

// ask notes what a run of both versions of a region says of the suspects within.
func (a *RegionProof) ask(ctx context.Context, r *region, runs side[Evaluation], inputs []input, got *tensor.Tensor) error {
	for v, s := range a.suspects {
		if s.depends || !r.holds(v) {
			continue
		}
		want, elem, err := runs.was.Value(v.was)
		if err != nil {
			continue
		}
		is := a.versions(r).is
		if own, _, err := runs.is.Value(v.is); err == nil {
			at := is
			at.result = v.is
			rel, bound := at.rounded(ctx, inputs, want, own, drawnAgain)
			if rel <= max(bound, AlgebraTolerance) {
				maps.DeleteFunc(s.still, func(channel int, _ bool) bool { return newChannels(want).vary(want, channel) })
			} else {
				s.differ = true
			}
		}
		given := is
		given.given = map[*graph.Value]input{v.is: {want, elem}}
		other, err := given.run(ctx, inputs, nil)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil { // they are not of one shape
			s.depends = true
			continue
		}
		rel, bound := is.rounded(ctx, inputs, other, got, drawnAgain)
		s.depends = rel > max(bound, AlgebraTolerance)
	}
	return nil
}

// apart is how many times as far apart as it may be the worst region is.
func (a *RegionProof) apart() float64 {
	most := 0.0
	for _, r := range a.regions {
		switch v := a.verdicts[r]; {
		case !v.compared || v.rel == 0:
		case math.IsNaN(v.rel):
			return math.Inf(1)
		default:
			most = max(most, v.rel/v.bound)
		}
	}
	return most
}

// Work is how many multiply-adds the layers of the first model take over the first input of [ForeignProof.Run], as far as their sizes are known.
func (f *ForeignProof) Work() int64 {
	sum := int64(0)
	for _, l := range layers.In(f.models.was) {
		if n, err := tensor.Count(f.last.shapes[l.Node.Output(0)].shape); err == nil {
			sum += int64(n) * int64(l.Weights.Constant().Len()/l.Channels)
		}
	}
	return sum
}

// Origin is the value of the first model that seems to mean the same as one of the second, as far as [ForeignProof.Run] has found out;
// nil for none.
func (f *ForeignProof) Origin(v *graph.Value) *graph.Value { return f.found[v] }

// Answers are those of [RegionProof.Answers].
func (f *ForeignProof) Answers() [2][]tensor.Map { return f.last.Answers() }

// Result sums up what was compared.
func (f *ForeignProof) Result() AlgebraResult { return f.result }

// byStoredConstants compares a region whose versions are the same node by its constants. Two programs that fold may round them
// otherwise. If they differ by more, it is another node, and what comes after it need not be asked.
func (a *RegionProof) byStoredConstants(ctx context.Context, r *region) (done bool, err error) {
	rel, bound := 0.0, AlgebraTolerance
	for _, part := range r.constants {
		two := a.versions(part)
		want, errWas := two.was.run(ctx, nil, nil)
		got, errIs := two.is.run(ctx, nil, nil)
		if errWas != nil || errIs != nil || math.IsInf(difference64(want, got), 1) || !want.Type().IsFloat() {
			return false, ctx.Err()
		}
		typ := tensor.Float32
		if stored := part.result.is.Constant(); stored != nil {
			typ = stored.Type()
		}
		if apart, may := channelsApart(want, got), roundings*unitRoundoff(typ); apart/may >= rel/bound {
			rel, bound = apart, may
		}
	}
	if len(r.constants) == 0 {
		return false, nil
	}
	v := a.verdicts[r]
	v.rel, v.bound, v.compared, v.firm = rel, bound, true, rel > bound
	return true, nil
}

// forget takes the borders of regions for values like any other. It reports whether there were such.
func (m matches) forget(regions []*region) bool {
	forgotten := false
	for _, r := range regions {
		for _, v := range append([]side[*graph.Value]{r.result}, r.inputs...) {
			if m.origin[v.is] != nil && !m.kept[v.is] {
				delete(m.origin, v.is)
				forgotten = true
			}
		}
	}
	return forgotten
}
