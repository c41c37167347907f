package passes_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

// shrink makes a block smaller in every way that it can while it fails.
func shrink(b block, fails func(block) bool) block {
	for range 1000 {
		smaller := false
		for _, c := range b.simpler() {
			if fails(c) {
				b, smaller = c, true
				break
			}
		}
		if !smaller {
			break
		}
	}
	return b
}

// simpler lists what is one step simpler than b, the largest steps first.
func (b block) simpler() []block {
	var out []block
	try := func(change func(*block)) {
		c := b.clone()
		change(&c)
		if c.String() != b.String() {
			out = append(out, c)
		}
	}
	for i := range b.Branches {
		if len(b.Branches) > 1 {
			try(func(c *block) {
				c.Branches = slices.Delete(c.Branches, i, i+1)
				if len(c.Joins) > 0 {
					c.Joins = slices.Delete(c.Joins, max(i-1, 0), max(i-1, 0)+1)
				}
			})
		}
	}
	try(func(c *block) { c.Before = nil })
	try(func(c *block) { c.After = nil })
	for list := range len(b.Branches) + 2 {
		for i := range *b.list(list) {
			try(func(c *block) { l := c.list(list); *l = slices.Delete(*l, i, i+1) })
		}
	}
	try(func(c *block) { c.Form, c.Right = "tree", false })
	try(func(c *block) { c.Tap = 0 })
	try(func(c *block) { c.Size = 0 })
	try(func(c *block) { c.Elem = tensor.Float32 })
	try(func(c *block) { c.Opset = 17 })
	try(func(c *block) { c.Joins = slices.Repeat([]string{"add"}, len(c.Joins)) })
	if b.Axes > 1 {
		for axis := range b.Axes {
			try(func(c *block) { c.Axes--; c.dropAxis(axis) })
		}
	}
	for channels := 1; channels < b.In; channels++ {
		try(func(c *block) {
			c.In = channels
			c.each(func(l *layer) { l.Out, l.Group = min(l.Out, channels), min(l.Group, 1) })
		})
	}
	out = append(out, b.simplerLayers()...)
	return out
}

// simplerLayers makes one layer simpler at a time, then all of them in step.
func (b block) simplerLayers() []block {
	var out []block
	steps := layerSteps(b.Axes)
	for list := range len(b.Branches) + 2 {
		for i := range *b.list(list) {
			for _, step := range steps {
				c := b.clone()
				step(&(*c.list(list))[i])
				if c.String() != b.String() {
					out = append(out, c)
				}
			}
		}
	}
	for _, step := range steps {
		c := b.clone()
		c.each(step)
		if c.String() != b.String() {
			out = append(out, c)
		}
	}
	return out
}

// layerSteps are the ways to make a layer simpler.
func layerSteps(axes int) []func(*layer) {
	steps := []func(*layer){
		func(l *layer) { l.Bias = false },
		func(l *layer) { l.Auto = "" },
		func(l *layer) { l.Group = min(l.Group, 1) },
		func(l *layer) { l.Alpha, l.Beta = 0, 0 },
		func(l *layer) { l.Flag = false },
		func(l *layer) { l.Ceil = false },
		func(l *layer) {
			if l.Shape != "" {
				l.Shape = "channel"
			}
		},
		func(l *layer) {
			if l.Op == "bn" {
				l.Op, l.Shape = "add", "channel"
			}
		},
	}
	for axis := range axes {
		lower := func(of func(*layer) []int, least int) func(*layer) {
			return func(l *layer) {
				if list := of(l); axis < len(list) && list[axis] > least {
					list[axis]--
				}
			}
		}
		steps = append(steps,
			lower(func(l *layer) []int { return l.Strides }, 1),
			lower(func(l *layer) []int { return l.Dilations }, 1),
			lower(func(l *layer) []int { return l.Kernel }, 1),
			lower(func(l *layer) []int { return l.Begin }, 0),
			lower(func(l *layer) []int { return l.End }, 0),
			func(l *layer) { // a smaller kernel that gives an image of the same size
				if axis < len(l.Kernel) && axis < len(l.Begin) && l.Kernel[axis] > 2 && l.Begin[axis] > 0 && l.End[axis] > 0 {
					l.Kernel[axis] -= 2
					l.Begin[axis]--
					l.End[axis]--
				}
			},
		)
	}
	return steps
}

func (b *block) clone() block {
	c := *b
	c.Joins = slices.Clone(b.Joins)
	c.Before, c.After = cloneLayers(b.Before), cloneLayers(b.After)
	c.Branches = make([][]layer, len(b.Branches))
	for i, layers := range b.Branches {
		c.Branches[i] = cloneLayers(layers)
	}
	return c
}

func cloneLayers(layers []layer) []layer {
	out := slices.Clone(layers)
	for i := range out {
		for _, list := range out[i].lists() {
			*list = slices.Clone(*list)
		}
	}
	return out
}

func (l *layer) lists() []*[]int {
	return []*[]int{&l.Kernel, &l.Strides, &l.Dilations, &l.Begin, &l.End}
}

// list is the i-th list of layers: the branches, then what stands before and after them.
func (b *block) list(i int) *[]layer {
	switch i {
	case len(b.Branches):
		return &b.Before
	case len(b.Branches) + 1:
		return &b.After
	}
	return &b.Branches[i]
}

func (b *block) each(change func(*layer)) {
	for list := range len(b.Branches) + 2 {
		for i := range *b.list(list) {
			change(&(*b.list(list))[i])
		}
	}
}

func (b *block) dropAxis(axis int) {
	b.each(func(l *layer) {
		for _, list := range l.lists() {
			if axis < len(*list) {
				*list = slices.Delete(*list, axis, axis+1)
			}
		}
	})
}

// TestShrink makes a block smaller that fails for one reason alone, and finds that reason.
func TestShrink(t *testing.T) {
	wide := func(b block) bool {
		found := false
		b.each(func(l *layer) { found = found || l.Op == "conv" && slices.Max(l.Kernel) > 2 })
		return found
	}
	shrunk := 0
	for seed := range uint64(100) {
		b := randomBlock(seed)
		if !wide(b) {
			continue
		}
		shrunk++
		small := shrink(b, wide)
		layers := 0
		small.each(func(*layer) { layers++ })
		if layers != 1 || small.Axes != 1 || small.In != 1 {
			t.Errorf("%v\nbecame %v", b, small)
		}
	}
	if shrunk < 50 {
		t.Errorf("only %d blocks had a wide kernel", shrunk)
	}
}
