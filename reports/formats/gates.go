package formats

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/reports"
)

// single is the report of a document; an error where it is none.
func single(format string, doc reports.Document) (*reports.Report, error) {
	r, ok := doc.(*reports.Report)
	if !ok {
		return nil, fmt.Errorf("write %s: it is of one report; this document is of several, take another format", format)
	}
	return r, nil
}

// gate is one demand on a comparison.
type gate struct {
	name string
	asks judge.Gates
	none bool // nothing is asked for
}

// gatesOf are the gates of the configuration in a report, one by one. The verdict comes first, asked for or not.
func gatesOf(r *reports.Report) []gate {
	given := judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireNothing}}
	var config struct {
		Gates json.RawMessage `json:"gates"`
	}
	if json.Unmarshal(r.Config, &config) == nil {
		_ = catalog.Decode(config.Gates, &given) // the gates of a later version that are not known here are left out
	}
	nothing := judge.Gates{Latency: judge.LatencyGate{Require: judge.RequireNothing}}
	list := []gate{{"latency", judge.Gates{Latency: given.Latency}, given.Latency.Require == judge.RequireNothing}}
	if given.SpeedupMin > 0 {
		one := nothing
		one.SpeedupMin = given.SpeedupMin
		list = append(list, gate{"speedup_min", one, false})
	}
	if given.P99MaxDegradation > 0 {
		one := nothing
		one.P99MaxDegradation = given.P99MaxDegradation
		list = append(list, gate{"p99_max_degradation", one, false})
	}
	return list
}

// plainNumber writes a number so that it is read back as the same; NaN for one that is not finite.
func plainNumber(v float64) string {
	if math.IsInf(v, 0) {
		v = math.NaN()
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
