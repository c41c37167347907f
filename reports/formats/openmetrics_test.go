package formats_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

var (
	metricSample = regexp.MustCompile(`^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$`)
	metricUnit   = regexp.MustCompile(`^# UNIT (\S+) (\S+)$`)
)

// openmetrics are the samples of a report by name and labels.
func openmetrics(t *testing.T, r *reports.Report) map[string]float64 {
	t.Helper()
	text := reporttest.Rendered(t, "openmetrics", false, r)
	if !strings.HasSuffix(text, "\n# EOF\n") && text != "# EOF\n" {
		t.Fatalf("it does not end as it has to:\n%s", text)
	}
	samples, family, kind := map[string]float64{}, "", ""
	for line := range strings.Lines(strings.TrimSuffix(text, "# EOF\n")) {
		line = strings.TrimSuffix(line, "\n")
		if rest, is := strings.CutPrefix(line, "# TYPE "); is {
			family, kind, _ = strings.Cut(rest, " ")
			continue
		}
		if unit := metricUnit.FindStringSubmatch(line); unit != nil && (unit[1] != family || !strings.HasSuffix(family, "_"+unit[2])) {
			t.Errorf("the name of %s does not end with its unit %s", family, unit[2])
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		found := metricSample.FindStringSubmatch(line)
		if found == nil {
			t.Fatalf("%q is no sample", line)
		}
		if name := strings.TrimSuffix(found[1], "_info"); name != family || (name != found[1]) != (kind == "info") {
			t.Errorf("%s stands under %s %s", found[1], kind, family)
		}
		v, err := strconv.ParseFloat(found[3], 64)
		if _, twice := samples[found[1]+found[2]]; err != nil || twice {
			t.Errorf("%q: %v, or it is there twice", line, err)
		}
		samples[found[1]+found[2]] = v
	}
	return samples
}

// TestOpenMetricsEscapesLabels, of which no name can make another.
func TestOpenMetricsEscapesLabels(t *testing.T) {
	r := reporttest.Hostile()
	r.Fuse = nil // models keep their names
	const model = `conv\\u001b[2J\\n::error::no\\t\"quoted\"\\|#12`
	if _, there := openmetrics(t, r)[`acdeploy_latency_seconds{backend="ort",provider="cpu",batch="1",threads="1",model="`+model+`"}`]; !there {
		t.Errorf("it is not in\n%s", reporttest.Rendered(t, "openmetrics", false, r))
	}
}
