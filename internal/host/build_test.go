package host

import (
	"runtime/debug"
	"testing"
)

func TestBuildRevision(t *testing.T) {
	for want, settings := range map[string][]debug.BuildSetting{
		Unavailable:      nil,
		"abc":            {{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "false"}},
		"abc" + "+dirty": {{Key: "vcs.modified", Value: "true"}, {Key: "vcs.revision", Value: "abc"}},
	} {
		if got := buildRevision(settings); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
