package main

import (
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// shrunk is a network over images that are small enough to compare a hundred mutants of it. Its weights do not depend on their size.
func shrunk(s subject) subject {
	switch {
	case strings.HasSuffix(s.name, "/layout_cdla"):
		return fixedTo(s, 160, 128)
	case strings.HasPrefix(s.name, "nudenet/"):
		s.shapes = bench.Sizes{{Symbol: "batch", Sizes: []int64{1}}, {Symbol: "height", Sizes: []int64{64}}, {Symbol: "width", Sizes: []int64{64}}}
	}
	return s
}

// fixedTo is a network whose images are declared as so high and wide, whatever its file says.
func fixedTo(s subject, height, width int64) subject {
	build := s.build
	s.build = func() (*graph.Model, func() error, error) {
		m, done, err := build()
		if err != nil {
			return nil, nil, err
		}
		m = m.Clone()
		for _, v := range m.Graph.Inputs() {
			if len(v.Type.Shape) == 4 {
				v.Type.Shape = append(v.Type.Shape[:2:2], tensor.Dim{Size: height}, tensor.Dim{Size: width})
			}
		}
		for n := range m.Graph.Nodes() {
			for k := range n.NumOutputs() {
				if v := n.Output(k); v != nil { // its shape is that of the larger image
					v.Type = graph.Type{Elem: v.Type.Elem}
				}
			}
		}
		return m, done, nil
	}
	return s
}
