package formats_test

import (
	"testing"

	"github.com/acdeploy/acdeploy/internal/claims"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// TestNoFormatSaysWhatIsNotTrue of a report, or leaves out what has to be said.
func TestNoFormatSaysWhatIsNotTrue(t *testing.T) {
	for _, c := range reporttest.Cases() {
		for _, format := range []string{"table", "markdown", "github", "html"} {
			t.Run(c.Name+"/"+format, func(t *testing.T) {
				text := reporttest.Rendered(t, format, true, c.Report)
				for _, what := range claims.False(c.Report, claims.Plain(text)) {
					t.Error(what)
				}
			})
		}
	}
}
