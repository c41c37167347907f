package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/worker"
)

// serve runs engines for another process of this program.
func serve(ctx context.Context) error {
	if err := limitMemory(); err != nil {
		return err
	}
	return worker.Serve(ctx, os.Stdin, os.Stdout, toolbox().Opener(""))
}

// tryFuzz is the command trial fuzz.
func tryFuzz(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("fuzz", flag.ExitOnError)
	seeds := f.String("seeds", "passes/testdata", "folder of models to change, besides those of the zoo")
	seed := f.Uint64("seed", 1, "of the mutants")
	first := f.Int("first", 0, "number of the first mutant")
	count := f.Int("count", 0, "how many mutants; 0 for no limit")
	minutes := f.Float64("minutes", 0, "how long; 0 for no limit")
	keep := f.String("keep", "", "folder for the mutants that failed; empty for none")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *count <= 0 && *minutes <= 0 {
		return errors.New("say how many mutants with -count, or how long with -minutes")
	}
	fuzz, err := newFuzz(ctx, *seeds, *seed)
	if err != nil {
		return err
	}
	fuzz.keep = *keep
	var until time.Time
	if *minutes > 0 {
		until = time.Now().Add(time.Duration(*minutes * float64(time.Minute)))
	}
	err = fuzz.run(ctx, *first, *count, until)
	fmt.Println(fuzz.tally)
	if err == nil && len(fuzz.tally.failures) > 0 {
		err = fmt.Errorf("%d of %d mutants failed", len(fuzz.tally.failures), fuzz.tally.mutants)
	}
	return err
}

// newFuzz is ready to run, with an engine where there is one.
func newFuzz(ctx context.Context, seeds string, seed uint64) (*fuzz, error) {
	f := &fuzz{tools: toolbox(), seed: seed}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f.tools.Launch = worker.Command(program, workerArgument)
	if f.steps, err = acdeploy.DefaultSteps(f.tools.Passes, nil); err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "acdeploy-trial-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	if f.seeds, err = fuzzSeeds(ctx, seeds, scratch); err != nil {
		return nil, err
	}
	b, err := f.tools.Backend("ort", "")
	if err != nil {
		return nil, err
	}
	guest, end := f.tools.Isolated(b, 0)
	defer func() { _ = end() }()
	if err := guest.Check(ctx); err != nil {
		fmt.Println("without an engine:", err)
		return f, nil
	}
	f.engine = &b
	return f, nil
}
