package html

import (
	"slices"

	"github.com/acdeploy/acdeploy/reports"
)

// fate is what became of a row of the network: a word, and the sign and the class of the style that stand for it.
type fate struct{ sign, class, word string }

// fates are all of them, in the order of the legend.
func fates() []fate {
	return []fate{fused(), partly(), left(), altered(), untouched(), added()}
}

func fused() fate     { return fate{"F", "good", "fused"} }
func partly() fate    { return fate{"P", "unknown", "fused in part"} }
func left() fate      { return fate{"L", "unknown", "left, with a reason"} }
func altered() fate   { return fate{"C", "plain", "changed"} } // its attributes, say
func untouched() fate { return fate{"=", "plain", "not touched"} }
func added() fate     { return fate{"B", "plain", "in the baseline only"} }

// row is a place of the network: layers of the model as trained, what they are in the fused model, and the layers of the
// baseline that stand there.
type row struct {
	trained, fused, baseline []reports.Layer
	became                   []reports.Became
	left                     []reports.Refusal
	passes                   []string // that changed something here
}

func (r *row) fate() fate {
	switch {
	case len(r.left) > 0 && len(r.became) > 0:
		return partly()
	case len(r.left) > 0:
		return left()
	case len(r.became) > 0:
		return fused()
	case len(r.trained) == 0 && len(r.fused) == 0:
		return added()
	case len(r.passes) > 0:
		return altered()
	}
	return untouched()
}

// key is the layer that tells which one of the baseline belongs here; nil for none.
func (r *row) key() *reports.Layer {
	for _, list := range [][]reports.Layer{r.fused, r.trained} {
		for i := range list {
			if list[i].OpType != batchNorm {
				return &list[i]
			}
		}
	}
	for _, list := range [][]reports.Layer{r.fused, r.trained} {
		if len(list) > 0 {
			return &list[0]
		}
	}
	return nil
}

const batchNorm = "BatchNormalization"

// rows lays the layers of a report side by side, in the order of the model as trained.
func rows(r *reports.Report) []*row {
	b := builder{
		byName: map[string]*row{}, byBlock: map[string]*row{},
		from: map[string]*reports.Became{}, to: map[string]*reports.Became{}, byChange: map[*reports.Became]*row{},
	}
	for i := range r.Fuse.Became {
		c := &r.Fuse.Became[i]
		for _, name := range c.From {
			b.from[name] = c
		}
		for _, name := range c.To {
			b.to[name] = c
		}
	}
	for _, l := range r.Fuse.Before.Layers {
		to := b.rowOf(l, b.from[l.Name])
		to.trained = append(to.trained, l)
	}
	b.fused(r.Fuse.After.Layers)
	b.tell(r.Fuse)
	if r.Baseline == nil {
		return b.rows
	}
	return align(b.rows, r.Baseline.Layers)
}

type builder struct {
	rows            []*row
	byName, byBlock map[string]*row
	from, to        map[string]*reports.Became // the change that a node is part of
	byChange        map[*reports.Became]*row
}

// rowOf finds the row of a layer of the model as trained, or begins one. Layers that became one, and branches of one block,
// share it.
func (b *builder) rowOf(l reports.Layer, c *reports.Became) *row {
	at := b.byChange[c]
	if c == nil {
		at = nil
	}
	if at == nil && l.Block != "" {
		at = b.byBlock[l.Block]
	}
	if at == nil {
		at = &row{}
		b.rows = append(b.rows, at)
	}
	b.byName[l.Name] = at
	if l.Block != "" {
		b.byBlock[l.Block] = at
	}
	b.join(at, c)
	return at
}

// join makes a change part of a row.
func (b *builder) join(at *row, c *reports.Became) {
	if c != nil && b.byChange[c] == nil {
		b.byChange[c] = at
		at.became = append(at.became, *c)
	}
}

// fused adds the layers of the fused model where those stand that they came of. One that came of no layer follows the one
// before it.
func (b *builder) fused(layers []reports.Layer) {
	var last *row
	for _, l := range layers {
		c := b.to[l.Name]
		at := b.byName[l.Name]
		if c != nil {
			at = b.byChange[c]
		}
		if at == nil {
			at = &row{}
			b.rows = slices.Insert(b.rows, slices.Index(b.rows, last)+1, at)
			b.join(at, c)
		}
		b.byName[l.Name] = at
		at.fused, last = append(at.fused, l), at
	}
}

// tell adds what was left and which passes were here. What was left and is in no layer gets a row of its own, at the end.
func (b *builder) tell(f *reports.Fuse) {
	rowOf := func(node string) *row {
		if at := b.byName[node]; at != nil {
			return at
		}
		for _, c := range []*reports.Became{b.from[node], b.to[node]} {
			if at := b.byChange[c]; c != nil && at != nil {
				return at
			}
		}
		return b.byBlock[node]
	}
	for _, w := range f.Rewrites {
		if at := rowOf(w.Node); at != nil && !slices.Contains(at.passes, w.Pass) {
			at.passes = append(at.passes, w.Pass)
		}
	}
	for _, r := range f.Refusals {
		at := rowOf(r.Node)
		if at == nil {
			at = &row{}
			b.rows = append(b.rows, at)
		}
		at.left = append(at.left, r)
	}
}
