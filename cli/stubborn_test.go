package cli_test

import (
	"context"
	"os"
	"runtime"
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
	if os.Getenv(greedyVariable) != "" {
		return catalog.Catalog[pipeline.Pass]{{Name: "greedy", Doc: "for tests", New: func() pipeline.Pass { return greedyPass{} }}}
	}
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

// greedyVariable adds a pass to the program that takes half a gigabyte of memory, and holds it for a minute; with the value deep, one that
// calls itself without end.
const greedyVariable = "ACDEPLOY_TEST_GREEDY"

type greedyPass struct{}

func (greedyPass) Run(context.Context, *pipeline.Rewriter) error {
	if os.Getenv(greedyVariable) == "deep" {
		_ = deeper(0)
	}
	var held [][]byte
	for range 128 {
		held = append(held, make([]byte, 4<<20))
		time.Sleep(time.Millisecond)
	}
	busy("")
	runtime.KeepAlive(held)
	return nil
}

func deeper(n int) int {
	if n < 0 {
		return n
	}
	var room [64]int
	room[n%64] = deeper(n + 1)
	return room[(n+1)%64] + 1
}
