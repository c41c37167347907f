package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/stats"
	"github.com/acdeploy/acdeploy/worker"
)

// The part beside a neighbour: an arm that is slower by the margin is never to be called equivalent there.
const (
	neighbourArgument = "neighbour" // makes this program the neighbour
	neighbourRuns     = 59          // none of so many bounds the share by 5 %, with 95 % confidence
	neighbourDuration = 30 * time.Second
	neighbourArm      = "+2 %"
)

// neighbour compares a network with a copy that is slower by the margin, on half a processor, while another program keeps the next one
// busy.
func (s *series) neighbour(ctx context.Context, run int) (err error) {
	r := record{Part: partNeighbour, Network: []string{"resnet20", "mobile_dw"}[run%2], Run: run}
	if s.has(r) {
		return nil
	}
	stop, err := loadOthers()
	if err != nil {
		return err
	}
	defer stop()
	leave, err := halfAProcessor()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, leave()) }()
	job, err := s.slowed(r.Network, []slowdown{{neighbourArm, 0.02}})
	if err != nil {
		return err
	}
	job.Options.Duration, job.Options.Seed = neighbourDuration, uint64(run)
	return s.run(ctx, r, job)
}

// loadOthers keeps the processors busy that this program leaves alone, all of them where it may use all. It returns what ends that.
func loadOthers() (stop func(), err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, neighbourArgument)
	if own := worker.AllowedCPUs(); len(own) == 1 {
		other := strconv.Itoa((own[0] + 1) % 2)
		cmd = exec.Command("taskset", "-c", other, program, neighbourArgument)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("there is no neighbour: %w", err)
	}
	return func() { _ = in.Close(); _ = cmd.Wait() }, nil
}

// burn keeps one processor busy until nobody holds the other end of its input any more.
func burn() {
	var ended atomic.Bool
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		ended.Store(true)
	}()
	for !ended.Load() {
		continue // which keeps the processor as busy as anything
	}
}

// halfAProcessor moves this program into a control group that may use half the time of one processor. It returns the way back.
func halfAProcessor() (leave func() error, err error) {
	parent, limits := "/sys/fs/cgroup/cpu", [][2]string{{"cpu.cfs_period_us", "100000"}, {"cpu.cfs_quota_us", "50000"}}
	if _, err := os.Stat(parent); err != nil {
		parent, limits = "/sys/fs/cgroup", [][2]string{{"cpu.max", "50000 100000"}}
	}
	group, err := os.MkdirTemp(parent, "acdeploy-study-")
	if err != nil {
		return nil, fmt.Errorf("the study beside a neighbour needs a control group of its own, which root may make; leave it out with -neighbours 0: %w", err)
	}
	write := func(folder, file, text string) error {
		return os.WriteFile(filepath.Join(folder, file), []byte(text), 0o644)
	}
	for _, l := range limits {
		if err := write(group, l[0], l[1]); err != nil {
			return nil, errors.Join(err, os.Remove(group))
		}
	}
	self := strconv.Itoa(os.Getpid())
	if err := write(group, "cgroup.procs", self); err != nil {
		return nil, errors.Join(err, os.Remove(group))
	}
	return func() error { return errors.Join(write(parent, "cgroup.procs", self), os.Remove(group)) }, nil
}

// neighbours says how often the slower arm was called equivalent.
func (p *page) neighbours(all []record) {
	p.Line("## Beside a neighbour, under a quota")
	p.Line("")
	p.Line("An arm that is slower by the margin is measured for %s on half a processor, by a quota, while another program keeps the next", neighbourDuration)
	p.Line("processor busy. It is never to be called equivalent. The system stops what has used up its quota, so the measurement has to be")
	p.Line("invalid; the last row is what the numbers alone would have said, without its controls.")
	p.Line("")
	said, alone, n := map[judge.Verdict]int{}, map[judge.Verdict]int{}, 0
	for _, r := range all {
		for _, a := range r.Arms {
			if r.Part == partNeighbour {
				n++
				said[a.Verdict]++
				alone[a.alone(r.Setup.Margin, stats.Alpha)]++
			}
		}
	}
	if n == 0 {
		p.Line("Not measured yet.")
		p.Line("")
		return
	}
	cells := []string{"by"}
	for _, v := range verdicts() {
		cells = append(cells, string(v))
	}
	p.Head(cells...)
	for i, counts := range []map[judge.Verdict]int{said, alone} {
		cells := []string{[]string{"all of it", "the numbers alone"}[i]}
		for _, v := range verdicts() {
			cells = append(cells, fmt.Sprint(counts[v]))
		}
		p.Row(cells...)
	}
	p.Line("")
	fares := "**fails**"
	if said[judge.Equivalent] == 0 {
		fares = "holds"
	}
	p.Line("Called equivalent: %d of %d, so at most %.1f %% (95 %%). The claim %s.", said[judge.Equivalent], n, 100*stats.Proportion(said[judge.Equivalent], n, 0.9).High, fares)
	p.Line("")
}
