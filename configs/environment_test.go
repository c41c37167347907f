package configs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy/configs"
)

func TestVariable(t *testing.T) {
	if got := configs.Variable("gates.speedup_min"); got != "ACDEPLOY_GATES_SPEEDUP_MIN" {
		t.Errorf("the variable is %s", got)
	}
}

func TestUnreadVariables(t *testing.T) {
	got := configs.UnreadVariables([]string{
		"ACDEPLOY_BENCH_UNITZ=3", "ACDEPLOY_BENCH_UNITS=3", "ACDEPLOY_CONFIG=a", "ACDEPLOY_ORT_LIB=a",
		"ACDEPLOY_EMPTY=", "HOME=/", "ACDEPLOY_SOMETHING_ELSE_ALTOGETHER=1",
	}, "ACDEPLOY_ORT_LIB")
	want := []string{`ACDEPLOY_BENCH_UNITZ, did you mean "ACDEPLOY_BENCH_UNITS"?`, "ACDEPLOY_SOMETHING_ELSE_ALTOGETHER"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
