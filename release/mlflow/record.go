package mlflow

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/reports"
)

// The tags by which a run is found again, and known to be whole.
const (
	tagDigest   = "acdeploy.digest"   // of the release folder
	tagComplete = "acdeploy.complete" // set last
	tagReport   = "acdeploy.report"   // how many numbers are logged, once all are
)

// pair is a parameter or a tag.
type pair struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// metric is a number at a step.
type metric struct {
	Key       string  `json:"key"`
	Value     float64 `json:"value"`
	Timestamp int64   `json:"timestamp"` // milliseconds
	Step      int     `json:"step"`
}

// record is what a run says in MLflow. It follows from the report alone: the same report makes the same record, and MLflow keeps
// one of two equal numbers.
type record struct {
	params  []pair
	tags    []pair
	metrics []metric
	at      int64 // time of each number: the end of the run, in milliseconds
}

// longest is how many characters a value may have, for the older servers.
const longest = 500

// newRecord takes from a report what people compare runs by.
func newRecord(f *release.Folder) *record {
	r := &record{}
	_, end := times(f.Report)
	r.at = end
	r.addTags(f)
	r.addParams(f.Report)
	r.addConclusion(f.Report)
	r.addAnswers(f.Report)
	for _, c := range f.Report.Comparisons {
		r.addComparison(f.Report, c)
	}
	for _, a := range f.Report.Ordered() {
		r.addArm(f.Report, a)
	}
	return r
}

// times are when a run began and ended, in milliseconds; now where the report does not say.
func times(r *reports.Report) (start, end int64) {
	read := func(texts ...string) int64 {
		for _, text := range texts {
			if at, err := time.Parse(time.RFC3339, text); err == nil {
				return at.UnixMilli()
			}
		}
		return 0
	}
	c := r.Concluded()
	if c == nil {
		c = &reports.Conclusion{}
	}
	start = read(c.Started, r.Started)
	end = read(c.Finished, c.Started, r.Started)
	if start == 0 {
		start = time.Now().UnixMilli()
	}
	return start, max(start, end)
}

func (r *record) param(key, value string) {
	if value != "" {
		r.params = append(r.params, pair{key, human.Clip(human.Printable(value), longest)})
	}
}

func (r *record) tag(key, value string) {
	if value != "" {
		r.tags = append(r.tags, pair{key, human.Clip(human.Printable(value), longest)})
	}
}

// number adds a number, unless it is not finite.
func (r *record) number(key string, value float64, step int) {
	if !math.IsNaN(value) && !math.IsInf(value, 0) {
		r.metrics = append(r.metrics, metric{key, value, r.at, step})
	}
}

// bounded adds a number with the ends of its interval.
func (r *record) bounded(key string, value bench.Float, ci [2]bench.Float) {
	r.number(key, float64(value), 0)
	r.number(key+"_ci_low", float64(ci[0]), 0)
	r.number(key+"_ci_high", float64(ci[1]), 0)
}

func (r *record) addTags(f *release.Folder) {
	r.tag(tagDigest, f.Digest)
	for _, file := range f.Files {
		if file.Name == release.ModelFile {
			r.tag("acdeploy.sha256", file.SHA256)
		}
	}
	if fuse := f.Report.Fuse; fuse != nil {
		r.tag("acdeploy.source_model_sha256", fuse.Input.ModelSHA256)
		if fuse.Output != nil {
			r.tag("acdeploy.model_sha256", fuse.Output.ModelSHA256)
		}
	}
	r.tag("acdeploy.version", f.Report.Host.Process.Version)
	r.tag("mlflow.source.name", "acdeploy")
	if c := f.Report.Concluded(); c != nil {
		r.tag("acdeploy.passed", strconv.FormatBool(c.Passed))
		r.tag("acdeploy.exit_code", strconv.Itoa(c.ExitCode))
		r.tag("acdeploy.answers", string(c.Answers))
		r.tag("acdeploy.latency", string(c.Latency))
		r.tag("mlflow.note.content", c.Headline)
		var why []string
		for _, reason := range c.Reasons {
			why = append(why, reason.Code)
		}
		r.tag("acdeploy.reasons", strings.Join(why, ", "))
	}
	if v := f.Report.Verify; v != nil {
		r.tag("acdeploy.proof", string(v.Proof))
	}
}

// addParams adds what was asked for: the values of the configuration, each under its key.
func (r *record) addParams(of *reports.Report) {
	var config any
	_ = json.Unmarshal(of.Config, &config) // it was read before
	flat := map[string]string{}
	flatten("", config, flat)
	for _, key := range slices.Sorted(maps.Keys(flat)) {
		r.param(key, flat[key])
	}
	if fuse := of.Fuse; fuse != nil {
		var passes []string
		for _, p := range fuse.Passes {
			passes = append(passes, p.Name)
		}
		r.param("acdeploy.passes", strings.Join(passes, ", "))
	}
	r.param("acdeploy.cpu", of.Host.CPU.Brand)
	for _, g := range of.Host.GPUs {
		r.param("acdeploy.gpu", g.Name)
		break
	}
}

// flatten writes the values of a document under dotted keys; a list is one value.
func flatten(key string, value any, to map[string]string) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			flatten(strings.TrimPrefix(key+"."+name, "."), inner, to)
		}
	case nil:
	case string:
		to[clean(key)] = v
	default:
		text, err := json.Marshal(v)
		if err == nil && string(text) != "[]" {
			to[clean(key)] = string(text)
		}
	}
}

// clean is a name of the characters that every server takes.
func clean(name string) string {
	mapped := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune("_-./ ", c):
			return c
		}
		return '_'
	}, name)
	return cmp.Or(human.Clip(mapped, 200), "_")
}

func (r *record) addConclusion(of *reports.Report) {
	c := of.Concluded()
	if c == nil {
		return
	}
	passed := 0.0
	if c.Passed {
		passed = 1
	}
	r.number("passed", passed, 0)
	r.bounded("speedup", c.Speedup, c.SpeedupCI)
	r.number("engines_not_run", float64(c.Skipped), 0)
	if fused := c.Fused; fused != nil {
		r.number("conv_before", float64(fused.Before), 0)
		r.number("conv_after", float64(fused.After), 0)
		if fused.Baseline != nil {
			r.number("conv_baseline", float64(*fused.Baseline), 0)
		}
	}
	if f := of.Fuse; f != nil {
		r.number("nodes_before", float64(f.Before.Nodes), 0)
		r.number("nodes_after", float64(f.After.Nodes), 0)
		r.number("parameters_before", float64(f.Before.Parameters), 0)
		r.number("parameters_after", float64(f.After.Parameters), 0)
		r.number("bytes_before", float64(f.Input.Bytes), 0)
		if f.Output != nil {
			r.number("bytes_after", float64(f.Output.Bytes), 0)
		}
	}
}

// addAnswers adds how far the answers are from each other, on each engine.
func (r *record) addAnswers(of *reports.Report) {
	if of.Verify == nil {
		return
	}
	for _, check := range of.Verify.Checks {
		on := "answers/" + clean(check.Backend)
		for _, out := range check.Outputs {
			r.number(on+"/max_rel/"+clean(out.Name), float64(out.MaxRel), 0)
		}
		if top1 := check.Top1; top1 != nil {
			r.number(on+"/top1_before", float64(top1.Before), 0)
			r.number(on+"/top1_after", float64(top1.After), 0)
			r.number(on+"/top1_agreement", float64(top1.Agreement), 0)
		}
	}
}

// place names a setting in the keys of its numbers.
func place(k bench.Key) string {
	text := fmt.Sprintf("%s-%s-batch%d-threads%d", k.Backend, k.Provider, k.Batch, k.Threads)
	if k.Sizes != "" {
		text += "-" + k.Sizes
	}
	return strings.NewReplacer(" ", "-", "/", "-").Replace(clean(text))
}

func (r *record) addComparison(of *reports.Report, c judge.Comparison) {
	at := place(c.Key) + "/"
	r.bounded(at+"ratio", c.Ratio, c.CI)
	r.number(at+"delta_star", float64(c.DeltaStar), 0)
	r.bounded(at+"speedup", c.Speedup.Ratio, c.Speedup.CI)
	steps := completeUnits(of, c)
	for i, ratio := range c.UnitRatios {
		step := i
		if len(steps) == len(c.UnitRatios) {
			step = steps[i]
		}
		r.number(at+"unit/ratio", float64(ratio), step)
	}
}

// completeUnits are the numbers of the units that the ratios of a comparison come from.
func completeUnits(of *reports.Report, c judge.Comparison) (numbers []int) {
	for _, a := range of.Arms {
		if a.Key == c.Key && a.Name == c.Candidate && a.Role == bench.RoleCandidate {
			for _, u := range a.Units {
				if u.Complete {
					numbers = append(numbers, u.Unit)
				}
			}
		}
	}
	return numbers
}

func (r *record) addArm(of *reports.Report, a judge.ArmRecord) {
	at := place(a.Key) + "/"
	r.number(at+a.Role+"_latency_ms", float64(of.LatencyOf(a))/1e6, 0)
	for _, q := range a.Quantiles {
		if q.Q == 0.99 {
			r.number(at+a.Role+"_p99_ms", float64(q.Estimate)/1e6, 0)
		}
	}
	if a.PeakRSS != nil {
		r.number(at+a.Role+"_peak_bytes", float64(*a.PeakRSS), 0)
	}
	for _, u := range a.Units {
		if median, ok := medianOf(u); u.Complete && ok {
			r.number(at+"unit/"+a.Role+"_latency_ms", median/1e6, u.Unit)
		}
	}
}

// medianOf is the median of the runs of a unit, in nanoseconds.
func medianOf(u judge.ArmUnit) (float64, bool) {
	var all []int64
	for _, b := range u.Blocks {
		all = append(all, b.Nanoseconds...)
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	n := len(all)
	return (float64(all[(n-1)/2]) + float64(all[n/2])) / 2, true
}

// batch is a part of a record that one request may carry.
type batch struct {
	RunID   string   `json:"run_id"`
	Metrics []metric `json:"metrics,omitempty"`
	Params  []pair   `json:"params,omitempty"`
	Tags    []pair   `json:"tags,omitempty"`
}

// How much one request may carry: 1000 in all, 100 parameters, 100 tags, and a megabyte, which so few never reach.
const (
	mostMetrics = 800
	mostPairs   = 100
)

// batches parts a record.
func (r *record) batches(run string) []batch {
	var all []batch
	params, tags, metrics := slices.Collect(slices.Chunk(r.params, mostPairs)), slices.Collect(slices.Chunk(r.tags, mostPairs)), slices.Collect(slices.Chunk(r.metrics, mostMetrics))
	for i := range max(len(params), len(tags), len(metrics)) {
		b := batch{RunID: run}
		if i < len(params) {
			b.Params = params[i]
		}
		if i < len(tags) {
			b.Tags = tags[i]
		}
		if i < len(metrics) {
			b.Metrics = metrics[i]
		}
		all = append(all, b)
	}
	return all
}
