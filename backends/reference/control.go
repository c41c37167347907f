package reference

import (
	"fmt"

	"github.com/acdeploy/acdeploy/graph"
	"github.com/acdeploy/acdeploy/tensor"
)

// branch is If: it runs one of two sub-graphs, which may capture values of the graphs around them.
func branch(c *call) ([]*array, error) {
	cond := c.in[0]
	if cond.typ != tensor.Bool || cond.len() != 1 {
		return nil, fmt.Errorf("the condition is %s%v, not one bool", cond.typ, cond.shape)
	}
	name := "else_branch"
	if cond.i[0] != 0 {
		name = "then_branch"
	}
	a := c.attr(name, graph.AttrGraph)
	if a == nil || a.Graph == nil {
		return nil, fmt.Errorf("%s is absent", name)
	}
	return c.frame.execute(c.ctx, a.Graph)
}
