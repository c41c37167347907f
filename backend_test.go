package acdeploy_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/worker"
)

// The models of a worker run in turns: with more than one thread each, the idle ones must not spin, unless
// the user asked for that.
func TestIdleThreadsDoNotSpin(t *testing.T) {
	const key = "session.force_spinning_stop"
	for name, c := range map[string]struct {
		threads int
		options string
		want    string
	}{
		"one thread":     {1, `{}`, ""},
		"two threads":    {2, `{"session": {"session.intra_op.allow_spinning": "1"}}`, key + "=1"},
		"user's setting": {2, `{"session": {"` + key + `": "0"}}`, key + "=0"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := worker.BackendSpec{Name: "ort", Options: json.RawMessage(c.options), Threads: c.threads}
			b, err := toolbox().Opener("")(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.Describe().Idle; got != c.want {
				t.Errorf("idle threads: %q, want %q", got, c.want)
			}
		})
	}
	if _, err := toolbox().Opener("")(t.Context(), worker.BackendSpec{Name: "reference", Threads: 2}); err != nil {
		t.Errorf("a backend that shares nothing: %v", err)
	}
}

// chosen are backends with their default options.
func chosen(t *testing.T, tools acdeploy.Toolbox, names ...string) []acdeploy.Backend {
	t.Helper()
	list := make([]acdeploy.Backend, len(names))
	for i, name := range names {
		b, err := tools.Backend(name, "")
		if err != nil {
			t.Fatal(err)
		}
		list[i] = b
	}
	return list
}

// TestChoose decodes the options of a configuration, and puts in them what the caller asks for.
func TestChoose(t *testing.T) {
	for name, c := range map[string]struct {
		given             string // for bench.backends
		runtime           string // for runtime.library
		library, provider string // of the caller
		want              string // the options, as a worker gets them
		fails             string
	}{
		"defaults":           {given: "[ort]"},
		"options":            {given: "[{ort: {inter_op_threads: 2, optimization: basic}}]", want: `{"inter_op_threads":2,"optimization":"basic"}`},
		"runtime":            {given: "[ort]", runtime: "/r.so", want: `{"library":"/r.so"}`},
		"the option goes on": {given: "[{ort: {library: /o.so}}]", runtime: "/r.so", want: `{"library":"/o.so"}`},
		"provider":           {given: "[ort]", provider: "cuda", want: `{"provider":"cuda"}`},
		"without a choice":   {given: "[reference]", provider: "cuda", fails: `provider "cuda": none of the engines has a choice of providers`},
		"one has a choice":   {given: "[ort, reference]", provider: "cuda", want: `{"provider":"cuda"}`},
		"unknown provider":   {given: "[ort]", provider: "cuba", fails: `backend ort: provider "cuba" is not known, did you mean "cuda"?`},
		"not of the cpu":     {given: "[{ort: {provider: cuda, tf32: true}}]", provider: "cpu", fails: "backend ort: tf32 is an option of the providers cuda and tensorrt, not of cpu"},
		"no library to name": {given: "[reference]", library: "/a.so", runtime: "/r.so"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := configs.Defaults()
			if err := cfg.Set("bench.backends", c.given, "test"); err != nil {
				t.Fatal(err)
			}
			tools := toolbox()
			cfg.Runtime.Library = c.runtime
			list, err := tools.Choose(cfg, acdeploy.Settings{Library: c.library, Provider: c.provider})
			if err != nil {
				if c.fails == "" || !strings.Contains(err.Error(), c.fails) || !errors.Is(err, acdeploy.ErrUsage) {
					t.Errorf("%v, want %q", err, c.fails)
				}
				return
			}
			entry, err := tools.Backends.Find(list[0].Name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := catalog.Encode(list[0].Backend, entry.New())
			if err != nil || string(got) != c.want || c.fails != "" {
				t.Errorf("%s, %v; want %s%s", got, err, c.want, c.fails)
			}
		})
	}
}

// TestThreadsOfAComparison go before those of the engine's options, and are no contradiction to them.
func TestThreadsOfAComparison(t *testing.T) {
	for given, want := range map[string]int{"[ort]": 3, "{ort: {threads: 2}}": 3, "[reference]": 0} {
		cfg := configs.Defaults()
		if err := cfg.Set("bench.backends", given, "test"); err != nil {
			t.Fatal(err)
		}
		list, err := toolbox().Choose(cfg, acdeploy.Settings{Threads: 3})
		if err != nil || backends.OwnThreads(list[0].Backend) != want {
			t.Errorf("%s: %+v, %v; want %d", given, list, err, want)
		}
	}
}

// TestThreadsOfTheEngine are those that are used, and two numbers are a contradiction.
func TestThreadsOfTheEngine(t *testing.T) {
	for name, c := range map[string]struct{ given, threads, fails string }{
		"engine":          {given: "{ort: {threads: 2}}"},
		"affinities":      {given: "{ort: {session: {session.intra_op_thread_affinities: '1'}}}"},
		"both_alike":      {given: "{ort: {threads: 2}}", threads: "2"},
		"both":            {given: "{ort: {threads: 2}}", threads: "4", fails: "backend ort asks for 2 threads, and bench.threads (--threads) for 4; give one of them"},
		"one_is_given":    {given: "{ort: {threads: 2}}", threads: "1", fails: "backend ort asks for 2 threads, and bench.threads (--threads) for 1"},
		"with_affinities": {given: "{ort: {session: {session.intra_op_thread_affinities: '1'}}}", threads: "3", fails: "backend ort asks for 2 threads"},
	} {
		cfg := configs.Defaults()
		if err := cfg.Set("bench.backends", c.given, "test"); err != nil {
			t.Fatal(err)
		}
		if c.threads != "" {
			if err := cfg.Set("bench.threads", c.threads, "--threads"); err != nil {
				t.Fatal(err)
			}
		}
		list, err := toolbox().Choose(cfg, acdeploy.Settings{})
		if c.fails != "" {
			if !errors.Is(err, acdeploy.ErrUsage) || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || backends.OwnThreads(list[0].Backend) != 2 {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
}

// TestMeasuredThreads are the engine's, in the label and in the session.
func TestMeasuredThreads(t *testing.T) {
	engine := ort.New()
	if err := engine.Check(t.Context()); err != nil {
		t.Skip("the engine is not there: ", err)
	}
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	if err := cfg.Set("bench.backends", "{ort: {threads: 2}}, {ort: {}}", "test"); err != nil {
		t.Fatal(err)
	}
	cfg.Bench.Units, cfg.Bench.Duration = 2, 100*time.Millisecond
	cfg.Gates.Latency.Require = judge.RequireNothing
	report, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s := report.Settings; len(s) != 2 || s[0].Threads != 2 || s[1].Threads != 1 {
		t.Errorf("settings are %+v", s)
	}
}

// asked is a backend that counts how often it is identified.
type asked struct {
	reference.Reference
	times *int
}

func (a *asked) Identify(context.Context) backends.Description {
	*a.times++
	return backends.Description{Name: "reference", SHA256: "the digest"}
}

// TestRunIdentifiesOnce does the main job and counts how often it reads the library of an engine: once, for all
// stages and all workers, and the report has the digest all the same.
func TestRunIdentifiesOnce(t *testing.T) {
	tools, times := toolbox(), 0
	tools.Backends = catalog.Catalog[backends.Backend]{{Name: "reference", Doc: "for tests", New: func() backends.Backend {
		return &asked{*reference.New(), &times}
	}}}
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("reference")}}
	cfg.Bench.Units, cfg.Bench.Duration, cfg.Gates.Latency.Require = 2, 100*time.Millisecond, judge.RequireNothing
	report, err := acdeploy.Run(t.Context(), cfg, tools, acdeploy.Settings{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if times != 1 {
		t.Errorf("the library was read %d times", times)
	}
	if s := report.Settings; len(s) != 1 || s[0].Engine.SHA256 != "the digest" {
		t.Errorf("settings are %+v", s)
	}
}

// TestRunWarns does the main job with threads and a provider that one of the engines does not have: the user reads
// it once for each knob, and the run goes on.
func TestRunWarns(t *testing.T) {
	if err := ort.New().Check(t.Context()); err != nil {
		t.Skip("the engine for which the provider is asked is not there: ", err)
	}
	cfg := config(t, "examples/cifar_quick/acnet.onnx")
	cfg.Bench.Backends = []configs.Backend{{Component: configs.Named("ort")}, {Component: configs.Named("reference")}}
	cfg.Bench.Units, cfg.Bench.Duration, cfg.Bench.Threads = 2, 100*time.Millisecond, 2
	cfg.Gates.Latency.Require = judge.RequireNothing
	var warned []string
	observe := func(e acdeploy.Event) {
		// The duration is short, so that the test is, and a machine may have one processor only.
		if e.Warning && !strings.Contains(e.Note, "cannot be met") && !strings.Contains(e.Note, "at once") {
			warned = append(warned, string(e.Stage)+": "+e.Note)
		}
	}
	if _, err := acdeploy.Run(t.Context(), cfg, toolbox(), acdeploy.Settings{Provider: "cpu"}, observe); err != nil {
		t.Fatal(err)
	}
	want := []string{"verify: reference has no provider to tune: it runs as it is", "bench: reference has no threads to tune: it runs as it is"}
	if diff := cmp.Diff(want, warned); diff != "" {
		t.Error(diff)
	}
}
