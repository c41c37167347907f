package reference

import "github.com/acdeploy/acdeploy/graph"

// mostDecoded is how many bytes of decoded constants a session keeps. What does not fit is decoded at each use, which takes far
// less than computing with it: so memory follows the largest layer of a model, not all of them.
const mostDecoded = 32 << 20

// constants are initializers that were decoded at their first use.
type constants struct {
	of    map[*graph.Value]*array
	bytes int
}

// keep keeps a constant. Where there is no room for it, those from before go.
func (c *constants) keep(v *graph.Value, a *array) {
	size := 8*(len(a.f)+len(a.i)) + 16*len(a.s)
	if size > mostDecoded {
		return
	}
	if c.of == nil || c.bytes+size > mostDecoded {
		*c = constants{of: map[*graph.Value]*array{}}
	}
	c.of[v] = a
	c.bytes += size
}
