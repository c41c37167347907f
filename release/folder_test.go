package release_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/reports"
)

func TestPassed(t *testing.T) {
	for _, c := range []struct {
		result *reports.Conclusion
		want   bool
	}{{nil, false}, {&reports.Conclusion{}, false}, {&reports.Conclusion{Passed: true}, true}} {
		f := release.Folder{Report: &reports.Report{Conclusion: c.result}}
		if f.Passed() != c.want {
			t.Errorf("%+v: %v", c.result, f.Passed())
		}
	}
}
