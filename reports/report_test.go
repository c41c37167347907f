package reports_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

func TestAReportHasTheKeysOfAMeasurement(t *testing.T) {
	keys := func(document any) map[string]json.RawMessage {
		m := map[string]json.RawMessage{}
		if err := json.Unmarshal(text(t, document), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	got := keys(reporttest.Whole())
	for key, value := range keys(reporttest.Measured()) {
		if key != "schema" && !bytes.Equal(got[key], value) {
			t.Errorf("%s is %.80s, want %.80s", key, got[key], value)
		}
	}
	for _, key := range []string{"fuse", "verify", "config", "seeds", "tools"} {
		if _, ok := got[key]; !ok {
			t.Errorf("%s is missing", key)
		}
	}
}
