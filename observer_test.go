package acdeploy

import (
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestObserver(t *testing.T) {
	var nobody Observer
	nobody.begin(StageLoad) // must not panic
	nobody.progress(StageFuse, 1, 2, "half")
	nobody.warn(StageVerify, "as it is")
	nobody.end(StageReport, "done")

	var heard []Event
	o := Observer(func(e Event) { heard = append(heard, e) })
	o.begin(StageVerify)
	o.progress(StageVerify, 1, 4, "on %s", "ort")
	o.warn(StageVerify, "%s runs as it is", "ort")
	o.end(StageVerify, "equal", slog.Int("checks", 3))
	want := []Event{
		{Stage: StageVerify},
		{Stage: StageVerify, Done: 1, Total: 4, Note: "on ort"},
		{Stage: StageVerify, Note: "ort runs as it is", Warning: true},
		{Stage: StageVerify, Done: 1, Total: 1, Note: "equal", Ended: true, Figures: []slog.Attr{slog.Int("checks", 3)}},
	}
	if diff := cmp.Diff(want, heard); diff != "" {
		t.Error(diff)
	}
}
