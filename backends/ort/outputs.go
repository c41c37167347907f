package ort

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/backends/ort/internal/ortc"
	"github.com/acdeploy/acdeploy/tensor"
)

// made is the shape of an output that is made here instead of by the library.
type made struct {
	shape []int64
	guess bool // it stands in for one that only the run will show
}

// learn runs the model and returns its outputs, whatever their shapes turn out to be. The caller
// closes them, also after an error.
//
// The library allocates most outputs. The binding cannot take over 16-bit floats and scalars from it,
// so those are made here: first in the declared shape, and when the library objects to that, in the
// shape that it asks for.
func (s *session) learn(ctx context.Context, free *ortc.Session, in []*ortc.Value, given tensor.Map) ([]*ortc.Value, error) {
	specs := s.io.Outputs
	shapes := make([]*made, len(specs))
	symbols := symbolsOf(s.io.Inputs, given)
	for i, spec := range specs {
		if spec.Type == tensor.Float16 || spec.Type == tensor.BFloat16 || spec.Ranked && len(spec.Shape) == 0 {
			shapes[i] = declared(spec, symbols, int64(i+1))
		}
	}
	// An output is corrected at most in its rank, then its fixed sizes, then the rest.
	for range 3 * len(specs) {
		out, err := attempt(ctx, free, in, specs, shapes)
		if err == nil || !correct(specs, shapes, err.Error()) {
			return out, err
		}
		closeAll(out)
	}
	return attempt(ctx, free, in, specs, shapes)
}

// attempt runs with outputs of those shapes; those that are nil are left to the library.
func attempt(ctx context.Context, free *ortc.Session, in []*ortc.Value, specs []tensor.Spec, shapes []*made) ([]*ortc.Value, error) {
	out := make([]*ortc.Value, len(specs))
	for i, m := range shapes {
		if m == nil {
			continue
		}
		v, err := ortc.NewBuffer(specs[i].Type, m.shape)
		if err != nil {
			return out, fmt.Errorf("output %s: %w", specs[i].Name, err)
		}
		out[i] = v
	}
	return out, runOnce(ctx, free, in, out)
}

// symbolsOf are the sizes that the inputs give to the symbols of their shapes.
func symbolsOf(specs []tensor.Spec, in tensor.Map) map[string]int64 {
	symbols := map[string]int64{}
	for _, spec := range specs {
		for axis, d := range spec.Shape {
			if d.Param != "" {
				symbols[d.Param] = in[spec.Name].Shape()[axis]
			}
		}
	}
	return symbols
}

// declared is the declared shape with its symbols replaced. Sizes that stay open become 1, but the
// first of them mark, which tells the guesses apart.
func declared(spec tensor.Spec, symbols map[string]int64, mark int64) *made {
	if !spec.Ranked {
		return &made{[]int64{mark}, true}
	}
	m := &made{shape: make([]int64, len(spec.Shape))}
	for axis, d := range spec.Shape {
		size, known := symbols[d.Param]
		switch {
		case d.Size >= 0:
			m.shape[axis] = d.Size
		case known && d.Param != "":
			m.shape[axis] = size
		case m.guess:
			m.shape[axis] = 1
		default:
			m.shape[axis], m.guess = mark, true
		}
	}
	return m
}

// The library's objections to the shape of an output. The last one is that of versions before 1.32,
// which does not name the output.
var (
	wrongRank  = regexp.MustCompile(`Invalid rank for output: (.+) Got: \d+ Expected: (\d+)`)
	wrongDims  = regexp.MustCompile(`Got invalid dimensions for output: (.+) for the following indices`)
	wrongDim   = regexp.MustCompile(`index: (\d+) Got: \d+ Expected: (\d+)`)
	newShape   = regexp.MustCompile(`provided for output '(.+)' of node .* computed output shape for this run is \{([0-9,]*)\}`)
	wrongShape = regexp.MustCompile(`Current shape:\{([0-9,]*)\},? Requested shape:\{([0-9,]*)\}`)
)

// correct changes the one shape that the library objects to; false when it objects to none, or when
// it cannot be said which one it means.
func correct(specs []tensor.Spec, shapes []*made, objection string) bool {
	if said := wrongRank.FindStringSubmatch(objection); said != nil {
		at := named(specs, shapes, said[1])
		rank, err := strconv.Atoi(said[2])
		if at < 0 || err != nil || rank > maxRank {
			return false
		}
		shapes[at] = &made{shape: make([]int64, rank), guess: true}
		for axis := range shapes[at].shape {
			shapes[at].shape[axis] = 1
		}
		if rank > 0 {
			shapes[at].shape[0] = int64(at + 1)
		}
		return true
	}
	if said := wrongDims.FindStringSubmatch(objection); said != nil {
		at := named(specs, shapes, said[1])
		return at >= 0 && correctSizes(shapes[at].shape, wrongDim.FindAllStringSubmatch(objection, -1))
	}
	at, sizes := -1, ""
	if said := newShape.FindStringSubmatch(objection); said != nil {
		at, sizes = named(specs, shapes, said[1]), said[2]
	} else if said := wrongShape.FindStringSubmatch(objection); said != nil {
		at, sizes = shaped(shapes, said[1]), said[2]
	}
	if at < 0 {
		return false
	}
	shapes[at] = &made{shape: parseShape(sizes)}
	return true
}

// parseShape reads sizes joined by commas, as the library writes a shape.
func parseShape(sizes string) []int64 {
	shape := []int64{}
	for size := range strings.SplitSeq(sizes, ",") {
		if n, err := strconv.ParseInt(size, 10, 64); err == nil {
			shape = append(shape, n)
		}
	}
	return shape
}

// maxRank bounds what is believed of a message.
const maxRank = 64

// correctSizes sets the sizes that the library expects: pairs of axis and size.
func correctSizes(shape []int64, expected [][]string) bool {
	for _, e := range expected {
		axis, err := strconv.Atoi(e[1])
		size, sizeErr := strconv.ParseInt(e[2], 10, 64)
		if err != nil || sizeErr != nil || axis >= len(shape) {
			return false
		}
		shape[axis] = size
	}
	return len(expected) > 0
}

// named finds the output of that name among those made here, -1 when it is none of them.
func named(specs []tensor.Spec, shapes []*made, name string) int {
	for i, spec := range specs {
		if spec.Name == name && shapes[i] != nil {
			return i
		}
	}
	return -1
}

// shaped finds the one output of that shape, a guess before a declared one; -1 when there is none or
// several.
func shaped(shapes []*made, shape string) int {
	for _, guess := range []bool{true, false} {
		at, count := -1, 0
		for i, m := range shapes {
			if m != nil && m.guess == guess && tensor.FormatShape(m.shape) == shape {
				at, count = i, count+1
			}
		}
		if count > 0 {
			if count > 1 {
				return -1
			}
			return at
		}
	}
	return -1
}
