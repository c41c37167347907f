package html

import (
	"github.com/acdeploy/acdeploy/reports"
)

// How much of a network is drawn and told: rows and kinds of blocks in a picture, rows of a table, branches of one block.
const (
	mostRows     = 80
	mostKinds    = 40
	mostBlocks   = 500
	mostBranches = 6
)

// network draws what the models consist of, and what became of the blocks. Reports of earlier versions list no layers: of
// them it draws counts.
func network(r *reports.Report) group {
	g := group{Title: "What became of the network?"}
	switch f := r.Fuse; {
	case f == nil:
	case f.Before.Layers == nil && f.After.Layers == nil:
		g.Charts = append(g.Charts, strips(r))
		if c, ok := blocks(f); ok {
			g.Charts = append(g.Charts, c)
		}
	default:
		g.Charts = append(g.Charts, strip(r))
		if c, ok := diff(f); ok {
			g.Charts = append(g.Charts, c)
		}
	}
	return g
}
