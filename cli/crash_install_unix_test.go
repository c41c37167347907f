//go:build unix

package cli_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// stage is how far an installation is, as its files tell.
type stage int

const (
	begun     stage = iota // it has made nothing yet
	reading                // it compares the archive with the manifest
	unpacking              // the library appears
	checking               // the library is there in whole, is flushed and loaded on trial
	placing                // it gets its name, and what is left of the work goes
	ended
)

func (s stage) String() string {
	return [...]string{"at its beginning", "reading the archive", "unpacking", "checking the library", "placing it", "after its end"}[s]
}

// installs is a store into which a library is installed again and again.
type installs struct {
	acdeploy, archive, cache, temp string

	earlier []string             // scratch folders of killed installations
	whole   int64                // bytes of the library
	lasts   [ended]time.Duration // how long each stage took when nothing was killed
	hit     [ended + 1]int       // how many kills came at each stage
}

func (i *installs) command(args ...string) *exec.Cmd {
	cmd := exec.Command(i.acdeploy, append([]string{"runtime"}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+i.cache, "TMPDIR="+i.temp, "ACDEPLOY_ORT_LIB=")
	return cmd
}

func (i *installs) install(int) *exec.Cmd {
	i.earlier = i.found(".partial-*")
	return i.command("install", "--from", i.archive)
}

// found lists what is in the store.
func (i *installs) found(pattern string) []string {
	paths, err := filepath.Glob(filepath.Join(i.cache, "acdeploy", "ort", pattern))
	if err != nil {
		panic(err) // the pattern is wrong
	}
	return paths
}

// stage looks how far the present installation is, or was when it was killed.
func (i *installs) stage() stage {
	scratch := slices.DeleteFunc(i.found(".partial-*"), func(path string) bool { return slices.Contains(i.earlier, path) })
	switch placed := len(i.found("[0-9]*")) > 0; {
	case placed && len(scratch) == 0:
		return ended
	case placed:
		return placing
	case len(scratch) == 0:
		return begun
	}
	staged, _ := filepath.Glob(filepath.Join(scratch[0], "staged", "lib*"))
	if len(staged) == 0 {
		return reading
	}
	if info, err := os.Stat(staged[0]); err != nil || info.Size() < i.whole {
		return unpacking
	}
	return checking
}

// reach waits until an installation has come to a stage, at most as long as ten take.
func (i *installs) reach(want stage, takes time.Duration) {
	for end := time.Now().Add(10 * takes); i.stage() < want && time.Now().Before(end); {
		time.Sleep(50 * time.Microsecond)
	}
}

// watch installs without a kill, and notes how long each stage takes at least: a kill is to come before its end on a
// busy machine and on a quiet one.
func (i *installs) watch(t *testing.T) {
	t.Helper()
	cmd := i.install(0)
	start := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for s := range ended {
		i.reach(s+1, time.Minute)
		took := time.Since(start)
		start = start.Add(took)
		if i.lasts[s] == 0 || took < i.lasts[s] {
			i.lasts[s] = took
		}
		t.Logf("%v: %v", s, took.Round(time.Millisecond/10))
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

// wait returns at a random moment: each second time one of the whole installation, else one of its short stages, in turn.
// The shortest is over within a millisecond: every other kill that aims at it comes as soon as it begins.
func (i *installs) wait(n int, r *rand.Rand, takes time.Duration) {
	short := [...]stage{reading, checking, placing, placing}
	if n%2 == 0 {
		anyMoment(n, r, i.takes())
		return
	}
	s := short[n/2%len(short)]
	i.reach(s, takes)
	if s != placing || n%8 == 7 {
		anyMoment(n, r, i.lasts[s])
	}
}

// takes is how long a whole installation takes at least.
func (i *installs) takes() (sum time.Duration) {
	for _, d := range i.lasts {
		sum += d
	}
	return sum
}

// where says how many kills came at each stage.
func (i *installs) where() string {
	var said []string
	for s := begun; s <= ended; s++ {
		said = append(said, fmt.Sprintf("%d %v", i.hit[s], s))
	}
	return strings.Join(said, ", ")
}

// check looks what a killed installation left. Each second time the next one has to make it good, and nothing else may be
// left after it; the other times what was left stays for the next one that is killed.
func (i *installs) check(t *testing.T, n int) {
	t.Helper()
	i.hit[i.stage()]++
	list := func() string {
		said, err := i.command("list").CombinedOutput()
		if err != nil || strings.Contains(string(said), "UNUSABLE") {
			t.Errorf("kill %d: %v: %s", n, err, said)
		}
		return string(said)
	}
	list()
	if n%2 == 0 {
		if said, err := i.install(0).CombinedOutput(); err != nil {
			t.Errorf("after kill %d: %v: %s", n, err, said)
		}
		if said := list(); !strings.Contains(said, "used: "+i.cache) {
			t.Errorf("after kill %d: %s", n, said)
		}
		i.clean(t, n)
	}
	for _, version := range i.found("[0-9]*") {
		if err := os.RemoveAll(version); err != nil {
			t.Error(err)
		}
	}
}

// clean looks for files that no installation should leave.
func (i *installs) clean(t *testing.T, n int) {
	t.Helper()
	names := fileNames(t, i.temp)
	for _, path := range append(i.found(".*"), i.found("*/*/*/*")...) {
		switch name := filepath.Base(path); {
		case name == ".lock", name == ".seen.json", strings.HasPrefix(name, "lib"):
		default:
			names = append(names, path)
		}
	}
	if len(names) > 0 {
		t.Errorf("kill %d: left over %v", n, names)
	}
}

func fileNames(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// An installation that is killed leaves the whole library or none, the next one succeeds, and nothing else is left then.
func TestReliability1KilledInstall(t *testing.T) {
	archive := os.Getenv(archiveEnv)
	if archive == "" {
		t.Skip("no archive to install; make crash-test names one in " + archiveEnv)
	}
	i := &installs{acdeploy: program(t), archive: archive, cache: t.TempDir(), temp: t.TempDir()}
	if said, err := i.install(0).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for _, path := range i.found("*/*/*/lib*") {
		if info, err := os.Stat(path); err == nil {
			i.whole = info.Size()
		}
	}
	i.check(t, 1)
	for range 5 {
		i.watch(t)
		i.check(t, 1)
	}
	crash(t, series{command: i.install, wait: i.wait, where: i.where, check: func(n int) {
		if i.check(t, n); n == 0 {
			i.hit = [ended + 1]int{} // that one was not killed
		}
	}})
	if said, err := i.install(0).CombinedOutput(); err != nil {
		t.Errorf("after that: %v: %s", err, said)
	}
	i.clean(t, 0)
}
