package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/ledger"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/worker"
)

const workerArgument = "worker"

// toolbox has the one engine that is studied.
func toolbox() acdeploy.Toolbox {
	return acdeploy.Toolbox{Passes: passes.Catalog(), Backends: catalog.Catalog[backends.Backend]{ort.Entry()}}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == workerArgument:
		err = worker.Serve(ctx, os.Stdin, os.Stdout, toolbox().Opener(""))
	case len(os.Args) == 2 && os.Args[1] == neighbourArgument:
		burn()
	default:
		err = study(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "study:", err)
		stop()
		os.Exit(1)
	}
}

func study(ctx context.Context) error {
	models := flag.String("models", "../shared/models", "folder with a folder of baseline.onnx and acnet.onnx for each network")
	out := flag.String("out", "docs/verdict-study", "what to write, without .jsonl and .md")
	runs := flag.Int("runs", 40, "measurements of each network with arms of known ratio")
	duration := flag.Duration("duration", 45*time.Second, "of each of them")
	beside := flag.Int("neighbours", neighbourRuns, "measurements on half a processor beside a busy one; needs root")
	note := flag.String("note", "", "a sentence on the conditions, for the record")
	page := flag.Bool("page", false, "only write the page anew")
	grouped := flag.String("grouped", "", "only measure convolutions with groups, and write this page about them")
	flag.Parse()
	if flag.NArg() > 0 {
		return errors.New("study takes flags and no arguments; see -help")
	}
	if *grouped != "" {
		return measureGrouped(ctx, *grouped, 60)
	}
	seen, err := ledger.Read[record](*out + ".jsonl")
	if err != nil {
		return err
	}
	if !*page {
		s := &series{models: *models, runs: *runs, beside: *beside, duration: *duration, note: *note, file: *out + ".jsonl", seen: seen}
		if err := s.measure(ctx); err != nil {
			return err
		}
		seen = s.seen
	}
	return os.WriteFile(*out+".md", []byte(render(seen)), 0o644)
}
