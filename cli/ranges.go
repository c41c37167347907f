package cli

import (
	"context"
	"math"
	"strconv"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/model"
	"github.com/acdeploy/acdeploy/pipeline"
	"github.com/acdeploy/acdeploy/reports"
)

// equalizer is the pass of which --ranges says what it would do.
const equalizer = "equalize_channels"

// channelRange is a layer in the document: of the largest weight of each output channel, the largest and the median.
type channelRange struct {
	Node     string   `json:"node"`
	OpType   string   `json:"op_type"`
	Channels int      `json:"channels"`
	Max      float64  `json:"max"`
	Median   float64  `json:"median"`
	Spread   *float64 `json:"spread"` // nil where most channels are zero
}

// channelRanges are the layers of a file, of what the default passes make of it, and of what equalizing makes of that.
type channelRanges struct {
	File      []channelRange `json:"file"`
	Fused     []channelRange `json:"fused"`
	Equalized []channelRange `json:"equalized"`
}

// foreseeRanges runs the default passes in memory, and the one that equalizes after them.
func (a *app) foreseeRanges(ctx context.Context, source *model.File) (*channelRanges, error) {
	steps, err := acdeploy.DefaultSteps(a.tools.Passes, nil)
	if err != nil {
		return nil, err
	}
	pass, err := a.tools.Passes.Make(equalizer, nil)
	if err != nil {
		return nil, outcome.Usagef("inspect --ranges: pass %w", err)
	}
	r := &channelRanges{File: toldRanges(model.Ranges(source.Model()))}
	for _, to := range []*[]channelRange{&r.Fused, &r.Equalized} {
		fused, err := acdeploy.Fuse(ctx, source, steps, acdeploy.LimitsOf(configs.Defaults()))
		if err != nil {
			return nil, err
		}
		list, err := fused.Ranges()
		if err != nil {
			return nil, err
		}
		*to = toldRanges(list)
		steps = append(steps, pipeline.Step{Name: equalizer, Pass: pass})
	}
	return r, nil
}

func toldRanges(list []model.Range) []channelRange {
	told := []channelRange{}
	for _, r := range list {
		c := channelRange{Node: r.Name, OpType: r.OpType, Channels: r.Channels, Max: r.Max, Median: r.Median}
		if s := r.Spread(); !math.IsInf(s, 0) {
			c.Spread = &s
		}
		told = append(told, c)
	}
	return told
}

// Page shows the layers that are left after fusing, each with its spread before, after, and equalized.
func (r *channelRanges) Page() reports.Page {
	t := &reports.Table{Columns: []reports.Column{{Title: "layer"}, {Title: "channels", Numbers: true}, {Title: "in the file", Numbers: true}, {Title: "fused", Numbers: true}, {Title: "equalized", Numbers: true}}}
	was, is := byNode(r.File), byNode(r.Equalized)
	for _, f := range r.Fused {
		t.Rows = append(t.Rows, []string{
			human.Printable(f.Node), strconv.Itoa(f.Channels), spreadIn(was, f.Node), spreadOf(f), spreadIn(is, f.Node),
		})
	}
	lead := "How many times as large the largest output channel is as the median one, by the largest weight of each. " +
		"An engine that quantizes a layer with one scale has so many times fewer steps for the median channel."
	return reports.Page{Evidence: []reports.Section{{Title: "Ranges of the channels", Lead: []string{lead}, Table: t}}}
}

func byNode(list []channelRange) map[string]channelRange {
	m := map[string]channelRange{}
	for _, r := range list {
		m[r.Node] = r
	}
	return m
}

// spreadIn is the spread of a layer that may not be there.
func spreadIn(list map[string]channelRange, node string) string {
	if r, ok := list[node]; ok {
		return spreadOf(r)
	}
	return "–"
}

func spreadOf(r channelRange) string {
	if r.Spread == nil {
		return "∞"
	}
	return strconv.FormatFloat(*r.Spread, 'f', 1, 64)
}
