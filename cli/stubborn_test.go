package cli_test

import (
	"context"
	"os"
	"time"

	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/pipeline"
)

// stubbornVariable adds a pass to the program that no end of its context ends. It names the file that the pass makes when it is
// busy; with noticed behind its name, one that tells of that end.
const (
	stubbornVariable = "ACDEPLOY_TEST_STUBBORN"
	noticed          = "_noticed"
)

func stubbornEntries() catalog.Catalog[pipeline.Pass] {
	if os.Getenv(stubbornVariable) == "" {
		return nil
	}
	return catalog.Catalog[pipeline.Pass]{{Name: "stubborn", Doc: "for tests", New: func() pipeline.Pass { return stubbornPass{} }}}
}

type stubbornPass struct{}

func (stubbornPass) Run(ctx context.Context, _ *pipeline.Rewriter) error {
	file := os.Getenv(stubbornVariable)
	context.AfterFunc(ctx, func() { _ = os.WriteFile(file+noticed, nil, 0o600) })
	busy(file)
	return nil
}

// busy makes a file, where one is named, and does nothing else for a minute.
func busy(file string) {
	if file != "" {
		_ = os.WriteFile(file, nil, 0o600)
	}
	time.Sleep(time.Minute)
}
