package main

import (
	"context"
	"math"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/stats"
)

// loadRatio is how long an engine takes to open the fused file, over how long it takes for the original.
type loadRatio struct {
	Ratio bench.Float `json:"ratio"`
	Low   bench.Float `json:"low"` // the interval of the ratio
	High  bench.Float `json:"high"`
	Pairs int         `json:"pairs"`
}

// loadPairs is how often the two files are opened, one after the other. Which is first alternates.
const loadPairs = 10

// loaded opens both files in turn, after a first time that does not count; nil where one of them does not open.
func loaded(ctx context.Context, engine backends.Backend, before, after backends.Model) *loadRatio {
	var logs []float64
	for pair := range loadPairs + 1 {
		models := [2]backends.Model{before, after}
		var took [2]time.Duration
		for i := range models {
			which := (i + pair) % 2
			start := time.Now()
			session, err := engine.Open(ctx, models[which], backends.Tuning{})
			took[which] = time.Since(start)
			if err != nil {
				return nil
			}
			_ = session.Close()
		}
		if pair > 0 {
			logs = append(logs, math.Log(took[1].Seconds()/took[0].Seconds()))
		}
	}
	return ratioOf(logs)
}

// ratioOf is the mean ratio of logarithms of ratios, with its interval.
func ratioOf(logs []float64) *loadRatio {
	e := stats.Paired(logs, 0.05, stats.Alpha)
	i := e.Interval.Exp()
	return &loadRatio{Ratio: bench.Float(e.Ratio()), Low: bench.Float(i.Low), High: bench.Float(i.High), Pairs: len(logs)}
}

// load notes how long an engine takes to open the two files, where there is one.
func (w *wild) load(ctx context.Context, r *wildRow, before, after backends.Model) {
	if len(w.engine) > 0 && r.Group != groupCorpus {
		r.Load = loaded(ctx, w.engine[0].Backend, before, after)
	}
}

// declared is the file that an engine opens in place of another one with the same inputs and outputs.
func declared(f *acdeploy.Saved, like backends.Model) backends.Model {
	like.Path = f.Document().Output.Path
	return like
}
