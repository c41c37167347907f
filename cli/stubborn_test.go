package cli_test

import (
	"context"
	"os"
	"time"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/pipeline"
)

// stubbornVariable adds a pass to the program that looks neither at its context nor at anything else. It names the file that the
// pass makes when it is busy.
const stubbornVariable = "ACDEPLOY_TEST_STUBBORN"

func stubbornEntries() catalog.Catalog[pipeline.Pass] {
	if os.Getenv(stubbornVariable) == "" {
		return nil
	}
	return catalog.Catalog[pipeline.Pass]{{Name: "stubborn", Doc: "for tests", New: func() pipeline.Pass { return stubbornPass{} }}}
}

type stubbornPass struct{}

func (stubbornPass) Run(context.Context, *pipeline.Rewriter) error {
	busy(os.Getenv(stubbornVariable))
	return nil
}

// busy makes a file, where one is named, and does nothing else for a minute.
func busy(file string) {
	if file != "" {
		_ = os.WriteFile(file, nil, 0o600)
	}
	time.Sleep(time.Minute)
}
