package formats

import (
	"cmp"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
)

// modelexplorerFormat is data about nodes for Google's Model Explorer, by the names of the nodes of the model as trained: a node that
// was rewritten has the pass that did it, one that was left the reason, and one that an engine timed what it took there.
type modelexplorerFormat struct{}

// explorerData is what Model Explorer reads about the nodes of one graph.
type explorerData struct {
	Results map[string]explorerNode `json:"results"`
	Expand  bool                    `json:"showExpandedSummaryOnGroupNode"` // a group of nodes counts its values
}

type explorerNode struct {
	Value      string `json:"value"`
	Background string `json:"bgColor"`
	Text       string `json:"textColor"`
}

// File implements [reports.Filer].
func (modelexplorerFormat) File() string { return "modelexplorer.json" }

// Write implements [reports.Format].
func (modelexplorerFormat) Write(to reports.Output, doc reports.Document) error {
	r, err := single("modelexplorer", doc)
	if err != nil {
		return err
	}
	if r.Fuse == nil && r.Conclusion == nil {
		return &UnfitError{"modelexplorer", cmp.Or(r.Path, "the report") + " tells of no node of a model as trained"}
	}
	data := explorerData{Results: map[string]explorerNode{}, Expand: true}
	if r.Fuse != nil {
		for _, w := range r.Fuse.Rewrites {
			data.Results[w.Node] = explorerNode{"fused: " + w.Pass, "#1a7f37", "#ffffff"}
		}
		for _, w := range r.Fuse.Refusals { // what is left in the end says more than what was changed before
			data.Results[w.Node] = explorerNode{"refused: " + w.Reason, "#b35900", "#ffffff"}
		}
	}
	addTimes(data.Results, r)
	return reports.JSON(to, data)
}

// addTimes adds what the nodes of the model as trained take in the first engine that tells. What the engine made of several nodes
// stands with the last of them.
func addTimes(to map[string]explorerNode, r *reports.Report) {
	for _, a := range r.Ordered() {
		if reports.LayerTime(a) == 0 || r.Fuse == nil || a.Name != r.Fuse.Input.Path {
			continue
		}
		took := map[string]int64{}
		for _, s := range a.Plan.Steps {
			took[reports.LayerNode(s.Name)] += s.Nanoseconds
		}
		for node, ns := range took {
			one, known := to[node]
			switch {
			case ns == 0:
				continue
			case known:
				one.Value += ", " + human.Duration(ns)
			default:
				one = explorerNode{human.Duration(ns), "#57606a", "#ffffff"}
			}
			to[node] = one
		}
		return
	}
}
