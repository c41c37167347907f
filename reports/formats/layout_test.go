package formats_test

import (
	"errors"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
	"github.com/acdeploy/acdeploy/reports/internal/reporttest"
)

// full takes so many bytes and then fails.
type full int

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > int(*f) {
		return 0, errFull
	}
	*f -= full(len(p))
	return len(p), nil
}

func TestEveryFormatReportsWhatCouldNotBeWritten(t *testing.T) {
	for _, e := range formats.Catalog() {
		for _, room := range []full{0, 20, 200} {
			if err := e.New().Write(reports.Output{Writer: &room}, reporttest.Whole()); !errors.Is(err, errFull) {
				t.Errorf("%s: %v", e.Name, err)
			}
		}
	}
}
