package dims

import (
	"regexp"

	"github.com/acdeploy/acdeploy/tensor"
)

// Open is a dimension whose size somebody has to give.
type Open struct {
	Name  string // as a flag names it: the dimension's, or its place
	Usual int64  // a size to start from
}

// Open lists the open dimensions that are not the batch, each name once, in the order of the inputs.
func (a Account) Open() []Open {
	s := settler{Account: a, used: map[string]bool{}}
	_, _ = s.settle() // what is missing is what is asked for
	list := make([]Open, len(s.missing))
	for k, m := range s.missing {
		list[k] = m.Open
	}
	return list
}

// The sizes to start from: of an image, of a text or a signal, of a list.
const (
	usualSide     = 224
	usualSequence = 128
	usualChannels = 3
)

// side is the name of a side of an image.
var side = regexp.MustCompile(`(?i)(^|_|\.)(height|width|h|w|size)(_|\.|\d|$)`)

// usual is a size to start from, by what the dimension seems to be: the channels of an image, a side of one, or a length.
func usual(spec tensor.Spec, axis int) int64 {
	image := len(spec.Shape) == 4 && (spec.Type.IsFloat() || spec.Type == tensor.Uint8)
	switch {
	case image && axis == 1 && !lastIsColour(spec):
		return usualChannels
	case image, side.MatchString(spec.Shape[axis].Param):
		return usualSide
	}
	return usualSequence
}
