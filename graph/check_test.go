package graph

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/tensor"
)

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		build func(n net)
		want  string
	}{
		"dangling": {func(n net) {
			v, _ := n.g.AddValue("nothing")
			n.node("Relu", "y", v)
		}, `nothing produces it`},
		"no_operator": {func(n net) { n.node("", "y", n.input("x")) }, "no operator type"},
		"bad_type": {func(n net) {
			n.node("Relu", "y", n.input("x")).Type.Elem = 99
		}, "unknown element type 99"},
		"other_graph": {func(n net) {
			n.node("Relu", "y", newNet(n.T).input("z"))
		}, "not visible"},
		"initializer_type": {func(n net) {
			n.input("w")
			if _, err := n.g.AddInitializer("w", tensor.Of(nil, int64(1))); err != nil {
				n.Error(err)
			}
		}, "is int64, its input is declared as float"},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNet(t)
			c.build(n)
			err := n.m.Check()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
