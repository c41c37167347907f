package dryrun_test

import (
	"context"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/graph/graphtest"
	"github.com/acdeploy/acdeploy/passes/internal/dryrun"
)

// TestRoom: calls whose bodies take more memory than there is room for are an error, before anything is replaced. Those that
// stay take none, and without a bound all are replaced.
func TestRoom(t *testing.T) {
	const enough = 64 << 10
	for name, c := range map[string]struct {
		room  int
		calls int
		body  func(f graphtest.Builder, x *graph.Value) *graph.Value
		fails bool
	}{
		"room":            {enough, 2, conv, false},
		"no_room":         {1, 1, conv, true},
		"room_for_some":   {enough, 20, conv, true},
		"no_bound":        {0, 20, conv, false},
		"calls_that_stay": {1, 20, relu, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := graphtest.New(17)
			m := b.Graph.Model()
			m.Room = c.room
			define(m, "f", c.body)
			x := b.Input("x", 1, 1, 4)
			for range c.calls {
				x = call(b, "f", x)
			}
			b.Graph.AddOutput(x)
			_, err := dryrun.Calls(context.Background(), m, nil, nil)
			if (err != nil) != c.fails || err != nil && !strings.Contains(err.Error(), "out of proportion to its file") {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// TestRoomGrowsWithTheBody: whatever a copy is made of takes room.
func TestRoomGrowsWithTheBody(t *testing.T) {
	least := room(t, conv)
	for name, more := range map[string]func(f graphtest.Builder, y *graph.Value){
		"node":  func(f graphtest.Builder, y *graph.Value) { f.Node("Relu", []*graph.Value{y}) },
		"name":  func(_ graphtest.Builder, y *graph.Value) { y.Producer().Name += "_of_a_node" },
		"input": func(_ graphtest.Builder, y *graph.Value) { y.Producer().AddInput(y.Producer().Input(0)) },
		"constant": func(f graphtest.Builder, _ *graph.Value) {
			f.Node("Constant", nil, graph.TensorAttr("value", weight(2)))
		},
		"attribute": func(_ graphtest.Builder, y *graph.Value) {
			y.Producer().AddAttr(graph.IntAttr("a", 1))
		},
		"norm": func(f graphtest.Builder, y *graph.Value) { f.Node("BatchNormalization", []*graph.Value{y, y, y, y, y}) },
		"graph": func(f graphtest.Builder, y *graph.Value) {
			inner := f.Graph.NewSubgraph("g")
			y.Producer().AddAttr(&graph.Attr{Name: "g", Kind: graph.AttrGraph, Graph: inner})
		},
	} {
		t.Run(name, func(t *testing.T) {
			now := room(t, func(f graphtest.Builder, x *graph.Value) *graph.Value {
				y := conv(f, x)
				more(f, y)
				return y
			})
			if now <= least {
				t.Errorf("it takes %d bytes, and %d without", now, least)
			}
		})
	}
}

// room is the least room in which one call of a function is replaced.
func room(t *testing.T, body func(f graphtest.Builder, x *graph.Value) *graph.Value) int {
	t.Helper()
	for bytes := 1; bytes < 1<<20; bytes += 25 {
		b := graphtest.New(17)
		m := b.Graph.Model()
		m.Room = bytes
		define(m, "f", body)
		b.Graph.AddOutput(call(b, "f", b.Input("x", 1, 1, 4)))
		if _, err := dryrun.Calls(context.Background(), m, nil, nil); err == nil {
			return bytes
		}
	}
	t.Fatal("a megabyte is no room for a body of a few nodes")
	return 0
}
