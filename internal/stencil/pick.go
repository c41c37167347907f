package stencil

import (
	"fmt"
	"slices"
)

// Source is where a channel that is only moved comes from: a channel, at an offset per spatial axis.
type Source struct {
	Channel int
	Offset  []int
}

// Pick returns the stencil that only moves numbers: y[o, p] = x[c, s·p + δ], where from[o] is the channel c at the
// offset δ. The size of the image has to be a multiple of the stride s on every axis.
func Pick(channels int, from []Source, stride []int) Stencil {
	axes := len(stride)
	s := Stencil{In: channels, Out: len(from), Stride: stride, Growth: make([]int, axes), Slack: make([]int, axes)}
	for i, step := range stride {
		s.Slack[i] = step - 1
	}
	places := map[string]int{}
	for o, source := range from {
		key := fmt.Sprint(source.Offset)
		at, known := places[key]
		if !known {
			at = len(s.Terms)
			places[key] = at
			s.Terms = append(s.Terms, Term{
				Kernel: selection(slices.Repeat([]int{-1}, len(from))), Groups: 1,
				Size: slices.Repeat([]int{1}, axes), Dilation: slices.Repeat([]int{1}, axes), Origin: source.Offset,
				Hidden: [2][]int{make([]int, axes), make([]int, axes)},
			})
		}
		s.Terms[at].Kernel.(selection)[o] = source.Channel
	}
	return s
}
