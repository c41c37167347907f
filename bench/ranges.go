package bench

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/worker"
)

// Range says between which numbers the generated values of an input lie, both included. It is written "ids=0:30521".
type Range struct {
	Input     string  // its name
	Low, High float64 // the smallest number and the largest
}

// UnmarshalText reads "ids=0:30521".
func (r *Range) UnmarshalText(text []byte) error {
	wrong := fmt.Errorf("%q is no range of an input; write INPUT=LOW:HIGH, such as ids=0:30521", text)
	at := strings.LastIndex(string(text), "=")
	if at < 1 {
		return wrong
	}
	low, high, ok := strings.Cut(string(text[at+1:]), ":")
	from, err := strconv.ParseFloat(strings.TrimSpace(low), 64)
	if err != nil || !ok {
		return wrong
	}
	to, err := strconv.ParseFloat(strings.TrimSpace(high), 64)
	if err != nil || !(from <= to) || math.IsInf(to-from, 0) {
		return wrong
	}
	*r = Range{strings.TrimSpace(string(text[:at])), from, to}
	return nil
}

// String writes "ids=0:30521".
func (r Range) String() string {
	return r.Input + "=" + strconv.FormatFloat(r.Low, 'f', -1, 64) + ":" + strconv.FormatFloat(r.High, 'f', -1, 64)
}

// MarshalText writes "ids=0:30521".
func (r Range) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// within gives the inputs their ranges.
func within(inputs []worker.Input, ranges []Range, model string) error {
	for _, r := range ranges {
		known := false
		for i := range inputs {
			if inputs[i].Name == r.Input {
				inputs[i].Range, known = &[2]float64{r.Low, r.High}, true
			}
		}
		if !known {
			return outcome.Usagef("no input of %s is called %q, of which --input-range %s speaks", model, r.Input, r)
		}
	}
	return nil
}
