package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/acdeploy/acdeploy/backends"
)

func TestVerdicts(t *testing.T) {
	noisy := quietLab()
	noisy.unitSD = 0.05
	for name, c := range map[string]struct {
		lab       *lab
		candidate string
		want      Verdict
	}{
		"equivalent": {quietLab(), "fused", Equivalent},
		"slower":     {quietLab(), "slow", Slower},
		"faster":     {quietLab(), "fast", Faster},
		// A machine this noisy fails its own control.
		"invalid": {noisy, "fused", Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			res := measure(t, c.lab, job(c.candidate))
			got := res.Comparisons[0]
			if got.Verdict != c.want {
				t.Errorf("verdict %s, want %s: %s", got.Verdict, c.want, got.Reason)
			}
			true_ := c.lab.latency[c.candidate] / c.lab.latency["base"]
			if name != "invalid" && math.Abs(float64(got.Ratio)-true_) > 0.01 {
				t.Errorf("ratio %v, want about %v", got.Ratio, true_)
			}
		})
	}
}

// A candidate whose sessions vary more than the baseline's settles nothing, though the controls succeed.
func TestNotShown(t *testing.T) {
	l := quietLab()
	l.tamper = func(n int, req request, rep *reply) error {
		if rep.Block != nil {
			for i, arm := range req.Order {
				if arm == 3 { // the candidate, after baseline, control and the model as trained
					rep.Block.Nanoseconds[i] += int64(40_000 * (n%5 - 2))
				}
			}
		}
		return nil
	}
	got := measure(t, l, job("fused")).Comparisons[0]
	if got.Verdict != NotShown || got.UnitsNeeded <= 12 {
		t.Errorf("verdict %s, %d units needed", got.Verdict, got.UnitsNeeded)
	}
	mentions(t, got.Reason, "units would be needed")
}

func TestShape(t *testing.T) {
	res := measure(t, quietLab(), job("fused", "slow"))
	if len(res.Comparisons) != 2 || len(res.Arms) != 5 || len(res.Units) != 12 || len(res.Settings) != 1 {
		t.Fatalf("%d comparisons, %d arms, %d units, %d settings",
			len(res.Comparisons), len(res.Arms), len(res.Units), len(res.Settings))
	}
	p := res.Settings[0].Plan
	roles := []string{RoleBaseline, RoleControl, RoleAsTrained, RoleCandidate, RoleCandidate}
	for i, a := range res.Arms {
		if a.Role != roles[i] || a.Arm != letter(i) {
			t.Errorf("arm %d is %s %s", i, a.Arm, a.Role)
		}
		if a.Runs != 12*p.Blocks*p.Runs || a.Median <= 0 || a.CPU == nil {
			t.Errorf("arm %s: %d runs, median %d, cpu %v", a.Arm, a.Runs, a.Median, a.CPU)
		}
		for _, u := range a.Units {
			if len(u.Blocks) != p.Blocks || !u.Complete {
				t.Fatalf("arm %s unit %d: %d blocks, complete %v", a.Arm, u.Unit, len(u.Blocks), u.Complete)
			}
			for _, b := range u.Blocks {
				if len(b.Nanoseconds) != p.Runs {
					t.Fatalf("a block holds %d runs, planned are %d", len(b.Nanoseconds), p.Runs)
				}
			}
		}
	}
	if a := res.Arms[2]; math.Abs(float64(a.Ratio)-1.5) > 0.02 {
		t.Errorf("the model as trained has ratio %v, want about 1.5", a.Ratio)
	}
	if g := gateOf(t, res, GateAnswers, "fused"); g.State != OK {
		t.Errorf("answers: %+v", g)
	}
}

// The same seed gives the same bytes, another seed other orders.
func TestDeterminism(t *testing.T) {
	encode := func(seed uint64) []byte {
		j := job("fused")
		j.Options.Seed = seed
		data, err := json.Marshal(measure(t, quietLab(), j))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if !bytes.Equal(encode(1), encode(1)) {
		t.Error("the same seed gave different bytes")
	}
	if bytes.Equal(encode(1), encode(2)) {
		t.Error("another seed gave the same bytes")
	}
}

func TestControlBias(t *testing.T) {
	l := quietLab()
	l.tamper = func(_ int, req request, rep *reply) error {
		if rep.Block != nil {
			for i, arm := range req.Order {
				if arm == control {
					rep.Block.Nanoseconds[i] = rep.Block.Nanoseconds[i] * 103 / 100
				}
			}
		}
		return nil
	}
	res := measure(t, l, job("fused"))
	c := res.Comparisons[0]
	if c.Verdict != Invalid {
		t.Errorf("verdict %s with a control 3 %% off", c.Verdict)
	}
	mentions(t, c.Reason, GateControl, "biased")
}

func TestAnswersDiffer(t *testing.T) {
	for name, c := range map[string]struct {
		output float64
		want   Verdict
	}{
		"rounding": {1.000001, Equivalent},
		"wrong":    {1.01, Invalid},
		"nan":      {math.NaN(), Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			l := quietLab()
			l.outputs = map[string]float64{"fused": c.output, "base": 7}
			res := measure(t, l, job("fused", "fast"))
			if got := res.Comparisons[0]; got.Verdict != c.want {
				t.Errorf("verdict %s: %s", got.Verdict, got.Reason)
			}
			if got := res.Comparisons[1]; got.Verdict != Faster {
				t.Errorf("the other candidate is %s: %s", got.Verdict, got.Reason)
			}
		})
	}
}

func TestPlacement(t *testing.T) {
	for asked, want := range map[string]State{"cpu": OK, "cuda": Fail, "": Absent} {
		l := quietLab()
		l.provider = "CPUExecutionProvider"
		j := job("fused")
		j.Backends[0].Provider = asked
		res := measure(t, l, j)
		if g := gateOf(t, res, GatePlacement, ""); g.State != want {
			t.Errorf("asked for %q: %+v", asked, g)
		}
		if got := res.Comparisons[0].Verdict; (got == Invalid) != (want == Fail) {
			t.Errorf("asked for %q: verdict %s", asked, got)
		}
		if res.Arms[0].Plan == nil {
			t.Error("the plan is not recorded")
		}
	}
}

func TestQuickLook(t *testing.T) {
	j := job("slow")
	j.Options.Units = 3
	c := measure(t, quietLab(), j).Comparisons[0]
	if c.Verdict != NotShown || math.Abs(float64(c.Ratio)-1.08) > 0.02 {
		t.Errorf("verdict %s, ratio %v", c.Verdict, c.Ratio)
	}
	mentions(t, c.Reason, "quick look of 3 units", "10 units would be needed")
}

func TestWorkerLost(t *testing.T) {
	for name, how := range map[string]error{
		"crash":    errors.New("gone"),
		"garbage":  garbage("Segmentation fault\n"),
		"nonsense": garbage(`{"op":"block"}` + "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			l := quietLab()
			l.tamper = func(n int, req request, _ *reply) error {
				if n == 4 && req.Op == opBlock {
					return how
				}
				return nil
			}
			res := measure(t, l, job("fused"))
			if got := res.Comparisons[0]; got.Verdict != Equivalent || got.Units != 12 {
				t.Errorf("verdict %s of %d units: %s", got.Verdict, got.Units, got.Reason)
			}
			failures := res.Settings[0].Failures
			if len(failures) != 1 || failures[0].Unit != 4 {
				t.Fatalf("failures %+v", failures)
			}
			if g := gateOf(t, res, GateUnits, ""); g.State != Warn {
				t.Errorf("units gate %+v", g)
			}
		})
	}
}

func TestTooManyWorkersLost(t *testing.T) {
	l := quietLab()
	launched := 0
	l.tamper = func(n int, req request, _ *reply) error {
		launched = n + 1
		if n >= 6 && req.Op == opBlock {
			return errors.New("gone")
		}
		return nil
	}
	res := measure(t, l, job("fused"))
	c := res.Comparisons[0]
	if c.Verdict != Invalid || c.Units != 6 {
		t.Errorf("verdict %s of %d units", c.Verdict, c.Units)
	}
	mentions(t, c.Reason, GateUnits, "at least 10")
	if launched != 12 { // six good units, then three with two attempts each
		t.Errorf("%d workers were launched, want 12: the rest cannot help", launched)
	}
}

func TestWorkerHangs(t *testing.T) {
	l := quietLab()
	block := make(chan struct{})
	defer close(block)
	l.tamper = func(n int, req request, _ *reply) error {
		if n == 0 && req.Op == opWarmUp {
			<-block
		}
		return nil
	}
	j := job("fused")
	j.Options.Timeout = time.Second
	run := l.runner()
	launch := run.Launch
	run.Launch = func(ctx context.Context) (*Process, error) {
		p, err := launch(ctx)
		if err == nil {
			p.Wait = func() error { return nil } // a hung goroutine cannot be killed as a process can
		}
		return p, err
	}
	res, err := run.Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	failures := res.Settings[0].Failures
	if len(failures) == 0 {
		t.Fatal("nothing was lost")
	}
	mentions(t, failures[0].Reason, "did not answer", "warm_up")
	if failures[0].Unit != 0 || len(res.Units) == 0 || res.Units[0].Attempt != 1 {
		t.Errorf("failures %+v, first unit %+v", failures, res.Units)
	}
}

func TestCancel(t *testing.T) {
	l := quietLab()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	run := l.runner()
	run.Progress = func(p Progress) {
		if p.Done == 5 && p.Block == 2 {
			cancel()
		}
	}
	res, err := run.Run(ctx, job("fused"))
	if !errors.Is(err, context.Canceled) || !res.Incomplete {
		t.Fatalf("incomplete %v, error %v", res.Incomplete, err)
	}
	if len(res.Units) != 6 || res.Units[5].Complete || len(res.Arms[0].Units[5].Blocks) != 2 {
		t.Errorf("kept %d units, the last %+v", len(res.Units), res.Units[len(res.Units)-1])
	}
	c := res.Comparisons[0]
	if c.Verdict != Invalid || c.Units != 5 {
		t.Errorf("verdict %s of %d units", c.Verdict, c.Units)
	}
	mentions(t, c.Reason, "interrupted after 5 of 12")
}

func TestEngineAbsent(t *testing.T) {
	l := quietLab()
	l.check = &backends.Unavailable{Reason: "no library", Remedy: "install it"}
	j := job("fused")
	j.Options.Batch = []int64{1, 8}
	res := measure(t, l, j)
	want := backends.Skip{Backend: "lab", Reason: "no library", Remedy: "install it"}
	if len(res.Skipped) != 1 || res.Skipped[0] != want || len(res.Comparisons) != 0 {
		t.Errorf("skipped %+v, comparisons %v", res.Skipped, res.Comparisons)
	}
}

func TestEngineRefuses(t *testing.T) {
	l := quietLab()
	l.refuse = fmt.Errorf("unknown operator Frobnicate")
	res, err := l.runner().Run(context.Background(), job("fused"))
	if err == nil || len(res.Comparisons) != 0 {
		t.Fatalf("error %v, comparisons %v", err, res.Comparisons)
	}
	mentions(t, err.Error(), "lab", "Frobnicate", "open ")
}

func TestSeveralSettings(t *testing.T) {
	j := job("fused")
	j.Options.Batch, j.Options.Units = []int64{1, 8}, 2
	j.Backends = append(j.Backends, BackendSpec{Name: "other", Provider: "cpu"})
	var last Progress
	run := quietLab().runner()
	run.Progress = func(p Progress) { last = p }
	res, err := run.Run(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range res.Comparisons {
		got = append(got, fmt.Sprintf("%s %s %d %v", c.Backend, c.Provider, c.Batch, c.Shapes["x"]))
	}
	want := "[lab  1 [1 3] lab  8 [8 3] other cpu 1 [1 3] other cpu 8 [8 3]]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if last.Done != 8 || last.Total != 8 {
		t.Errorf("progress ended at %d of %d", last.Done, last.Total)
	}
}

func TestUsage(t *testing.T) {
	for name, change := range map[string]func(*Job){
		"zero units":        func(j *Job) { j.Options.Units = 0 },
		"no candidate":      func(j *Job) { j.Candidates = nil },
		"no backend":        func(j *Job) { j.Backends = nil },
		"no margin":         func(j *Job) { j.Options.Margin = 0 },
		"zero batch":        func(j *Job) { j.Options.Batch = []int64{0} },
		"no threads":        func(j *Job) { j.Options.Threads = 0 },
		"unknown dimension": func(j *Job) { j.Options.Shapes = []Size{{"sequence", 3}} },
	} {
		t.Run(name, func(t *testing.T) {
			j := job("fused")
			change(&j)
			res, err := quietLab().runner().Run(context.Background(), j)
			if !errors.Is(err, ErrUsage) || res == nil {
				t.Errorf("error %v, result %v", err, res)
			}
		})
	}
}

// Disturbances that spare no arm, or hit one block alone, do not move the verdict.
func TestDisturbances(t *testing.T) {
	for name, disturb := range map[string]func(l *lab){
		"one bad block in each unit": func(l *lab) {
			blocks := 0
			l.tamper = func(_ int, req request, rep *reply) error {
				if rep.Block == nil {
					return nil
				}
				if blocks++; blocks%20 == 3 {
					for i, arm := range req.Order {
						rep.Block.Nanoseconds[i] *= int64(1 + arm) // hits the arms unequally
					}
				}
				return nil
			}
		},
		"outlying runs of one arm": func(l *lab) {
			l.tamper = func(_ int, req request, rep *reply) error {
				if rep.Block == nil {
					return nil
				}
				for i := range req.Order {
					if req.Order[i] == 3 && i%10 == 0 {
						rep.Block.Nanoseconds[i] *= 20
					}
				}
				return nil
			}
		},
		"strong drift": func(l *lab) { l.drift = 0.3 },
	} {
		t.Run(name, func(t *testing.T) {
			l := quietLab()
			disturb(l)
			j := job("fused")
			j.Options.Duration = 30 * time.Second
			c := measure(t, l, j).Comparisons[0]
			if c.Verdict != Equivalent || c.DeltaStar > 0.01 {
				t.Errorf("verdict %s, delta star %v: %s", c.Verdict, c.DeltaStar, c.Reason)
			}
		})
	}
}

// Time on the CPU that says otherwise is mentioned.
func TestCPUContradicts(t *testing.T) {
	l := quietLab()
	l.tamper = func(_ int, req request, rep *reply) error {
		if rep.Block != nil {
			rep.Block.CPU[3] = rep.Block.CPU[3] * 3 / 2
		}
		return nil
	}
	c := measure(t, l, job("fused")).Comparisons[0]
	if c.Verdict != Equivalent || math.Abs(float64(c.CPURatio)-1.5) > 0.02 {
		t.Errorf("verdict %s, ratio of CPU time %v", c.Verdict, c.CPURatio)
	}
	mentions(t, c.Reason, "time on the CPU contradicts", "slower")
}

func TestLoadGate(t *testing.T) {
	n := func(v int64) *int64 { return &v }
	for name, c := range map[string]struct {
		steal, throttled *int64
		cpu              int64 // of a run of 100 µs
		provider         string
		want             State
		says             string
	}{
		"quiet":                         {n(5e6), n(0), 100_000, "cpu", OK, "the hypervisor took 0.5 % of the time, the quota ran out 0 times"},
		"stolen":                        {n(2e7), n(0), 100_000, "cpu", Warn, "the hypervisor took 2 % of the time"},
		"throttled":                     {n(0), n(1), 100_000, "cpu", Warn, "the quota ran out 1 times"},
		"crowded":                       {n(0), n(0), 70_000, "cpu", Warn, "the runs waited for a processor in 30 % of their time"},
		"hardly crowded":                {n(0), n(0), 96_000, "cpu", OK, "ran out 0 times"},
		"waiting for a GPU is no crowd": {n(0), n(0), 20_000, "cuda", OK, "ran out 0 times"},
		"unknown":                       {nil, nil, 0, "cpu", Absent, "does not tell"},
	} {
		m := &measurement{cpuClock: "thread", setting: setting{spec: BackendSpec{Provider: c.provider}}}
		u := unit{UnitRecord: UnitRecord{Open: 999_900_000}, blocks: []block{{wall: [][]int64{{100_000}}, cpu: []int64{c.cpu}}}}
		u.Load.StealNanos, u.Load.Throttled = c.steal, c.throttled
		g := m.loadGate([]unit{u})
		if g.State != c.want {
			t.Errorf("%s: %+v", name, g)
		}
		mentions(t, g.Detail, c.says)
	}
}

// The names are what other programs rely on.
func TestJSON(t *testing.T) {
	j := job("fused")
	j.Options.Units = 2
	data, err := json.Marshal(measure(t, quietLab(), j))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	has := func(where string, value any, keys ...string) {
		t.Helper()
		object, ok := value.(map[string]any)
		for _, k := range keys {
			if _, found := object[k]; !ok || !found {
				t.Errorf("%s has no %q", where, k)
			}
		}
	}
	if !bytes.HasPrefix(data, []byte(`{"schema":"acdeploy.bench/v1"`)) {
		t.Errorf("the document begins with %.60s", data)
	}
	has("document", doc, "comparisons", "arms", "gates", "host", "skipped")
	has("comparison", doc["comparisons"].([]any)[0], "backend", "provider", "batch", "threads", "shapes", "baseline",
		"candidate", "ratio", "ci", "margin", "delta_star", "p", "verdict", "reason")
	arm := doc["arms"].([]any)[0]
	has("arm", arm, "backend", "role", "units")
	units := arm.(map[string]any)["units"].([]any)
	has("unit of an arm", units[0], "unit", "blocks")
	has("block of an arm", units[0].(map[string]any)["blocks"].([]any)[0], "nanoseconds", "cpu")
	for _, list := range []string{"skipped", "gates", "settings", "units"} {
		if _, ok := doc[list].([]any); !ok {
			t.Errorf("%s is %v, want a list", list, doc[list])
		}
	}
}

// A machine too noisy for the margin fails the control, whatever the other gates say.
func TestControlNoise(t *testing.T) {
	l := quietLab()
	l.unitSD = 0.05
	g := gateOf(t, measure(t, l, job("fused")), GateControl, "")
	if g.State != Fail {
		t.Errorf("%+v", g)
	}
	mentions(t, g.Detail, "too noisy")
}

// Every block of every unit has an order of its own.
func TestOrdersDiffer(t *testing.T) {
	seen := map[string]bool{}
	n := 0
	for _, u := range measure(t, quietLab(), job("fused")).Units {
		for _, o := range u.Orders {
			seen[o], n = true, n+1
		}
	}
	if len(seen) != n || n < 36 {
		t.Errorf("%d blocks have %d orders", n, len(seen))
	}
}
