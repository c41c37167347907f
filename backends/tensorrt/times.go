package tensorrt

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// parseTimes reads what --exportTimes wrote: the time of the GPU in each run, in nanoseconds. The other
// times of the file have six digits of a clock that counts from the start, and are useless for short runs.
func parseTimes(data []byte) ([]int64, error) {
	var runs []struct {
		Compute *float64 `json:"computeMs"`
	}
	if err := json.Unmarshal(data, &runs); err != nil {
		return nil, fmt.Errorf("this is not a list of times: %w", err)
	}
	if len(runs) == 0 {
		return nil, errors.New("the list of times is empty")
	}
	times := make([]int64, len(runs))
	for i, r := range runs {
		if r.Compute == nil {
			return nil, fmt.Errorf("run %d has no computeMs", i)
		}
		ns := math.Round(*r.Compute * 1e6)
		if !(ns >= 0 && ns < 1e15) {
			return nil, fmt.Errorf("run %d has the impossible time %g ms", i, *r.Compute)
		}
		times[i] = int64(ns)
	}
	return times, nil
}

// profiled is a layer in what --exportProfile wrote. That is written like JSON, but names are not escaped.
var profiled = regexp.MustCompile(`"name"\s*:\s*"(.*)"\s*,\s*"timeMs"\s*:.*"medianMs"\s*:\s*([^\s,}]+)`)

// parseProfile reads what --exportProfile wrote: the median time of each layer in nanoseconds, by its name.
func parseProfile(data []byte) (map[string]int64, error) {
	times := map[string]int64{}
	for _, found := range profiled.FindAllSubmatch(data, -1) {
		ms, err := strconv.ParseFloat(string(found[2]), 64)
		if ns := math.Round(ms * 1e6); err == nil && ns >= 0 && ns < 1e15 {
			times[string(found[1])] += int64(ns)
		}
	}
	if len(times) == 0 {
		return nil, errors.New("read the times of the layers: there are none")
	}
	return times, nil
}
