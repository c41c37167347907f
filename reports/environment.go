package reports

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/internal/host"
	"github.com/acdeploy/acdeploy/internal/human"
)

// environment shows the machine, as far as its facts were recorded.
func (r *Report) environment() (Section, bool) {
	h := r.Host
	s := Section{Title: "Environment", Table: newTable("what", "value")}
	row := func(what string, parts ...string) {
		if text := together(parts...); text != "" {
			s.Table.add(what, text)
		}
	}
	row("processor", h.CPU.Brand, named("microcode", h.CPU.Microcode))
	row("cores", counted(h.CPU.LogicalCores, "logical core"), counted(h.CPU.PhysicalCores, "physical core"), named("SMT", onOff(h.CPU.SMT)))
	row("clock", named("governor", h.Frequency.Governor), named("boost", onOff(h.Frequency.Boost)), named("clock source", h.System.Clocksource))
	if h.Memory.Total != nil {
		row("memory", human.Bytes(*h.Memory.Total))
	}
	row("system", h.System.OS, h.System.Distribution, named("kernel", h.System.Kernel), h.System.Arch)
	row("virtual machine", h.System.Virtualization)
	row("container", h.System.Container)
	row("limits", named("CPUs", h.Limits.Affinity), named("CPU quota", h.Limits.CPUQuota), named("memory limit", memoryLimit(h.Limits)))
	for _, g := range h.GPUs {
		row("GPU "+strconv.Itoa(g.Index), g.Name, named("driver", g.Driver), named("compute capability", g.ComputeCapability))
	}
	row("acdeploy", strings.TrimSpace(known(h.Process.Version)+" "+known(h.Process.Revision)), named("built with", h.Process.GoVersion))
	for _, name := range slices.Sorted(maps.Keys(h.Process.Env)) {
		row("variable "+name, h.Process.Env[name])
	}
	return s, len(s.Table.Rows) > 0
}

// known is a fact, or "" where the machine did not tell.
func known(fact string) string {
	if fact == "unavailable" {
		return ""
	}
	return fact
}

// together joins the facts that are known.
func together(facts ...string) string {
	facts = slices.DeleteFunc(facts, func(f string) bool { return known(f) == "" })
	return strings.Join(facts, ", ")
}

// named puts the name of a fact before it, where it is known.
func named(name, fact string) string {
	if known(fact) == "" {
		return ""
	}
	return name + " " + fact
}

// memoryLimit is how much memory the program may use; what is not limited is not told.
func memoryLimit(l host.Limits) string {
	if n := l.Memory(); n != nil {
		return human.Bytes(*n)
	}
	return ""
}

func counted(n int, what string) string {
	if n == 0 {
		return ""
	}
	return human.Count(n, what)
}

// onOff is a switch of the kernel in words.
func onOff(digit string) string {
	switch digit {
	case "0":
		return "off"
	case "1":
		return "on"
	}
	return digit
}

// libraries shows the engines that took part, and how to tell their files from others.
func (r *Report) libraries() (Section, bool) {
	s := Section{Title: "Libraries", Table: newTable("library", "version", "file", "sha256")}
	tools := slices.Clone(r.Tools)
	for _, set := range r.Settings { // a measurement alone has no list of tools
		if e := set.Engine; e != nil {
			l := host.Library{Name: e.Name, Path: e.Library, Version: e.Version, SHA256: e.SHA256}
			if !slices.ContainsFunc(tools, func(t host.Library) bool { return t.Name == l.Name && t.SHA256 == l.SHA256 }) {
				tools = append(tools, l)
			}
		}
	}
	for _, t := range tools {
		s.Table.add(t.Name, cmp.Or(known(t.Version), "–"), cmp.Or(known(t.Path), "part of acdeploy"), cmp.Or(short(known(t.SHA256)), "–"))
	}
	return s, len(s.Table.Rows) > 0
}

// settings shows how it was measured, and the seeds of everything random.
func (r *Report) settings() (Section, bool) {
	s := Section{Title: "Settings", Table: newTable("setting", "value")}
	if r.Seeds != (Seeds{}) {
		s.Table.add("seed of the inputs of the verification", strconv.FormatUint(r.Seeds.Verify, 10))
	}
	if len(r.Settings) == 0 {
		return s, len(s.Table.Rows) > 0
	}
	o := r.Options
	units := strconv.Itoa(o.Units)
	if o.Adaptive {
		units += " or as many as it takes"
	}
	blocks := "as many as fit the duration"
	if o.Blocks > 0 {
		blocks = strconv.Itoa(o.Blocks)
	}
	s.Table.add("seed of the measurement", strconv.FormatUint(o.Seed, 10))
	s.Table.add("units of a comparison", units)
	s.Table.add("duration of a comparison, about", o.Duration.String())
	s.Table.add("blocks of a unit", blocks)
	s.Table.add("margin of equality", within(float64(o.Margin)))
	s.Table.add("threads, pinned to CPUs", fmt.Sprintf("%d, %s", o.Threads, yesNo(o.Pin)))
	for _, set := range r.Settings {
		from := "generated"
		if set.Samples > 0 {
			from = "of the data, in turn: " + human.Count(set.Samples, "sample")
		}
		s.Table.add("inputs of "+SettingName(set.Key), shapes(set.Shapes)+"; "+from)
		if options := string(set.Options); options != "" && options != "null" {
			s.Table.add("options of "+SettingName(set.Key), options)
		}
	}
	return s, true
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// shapes writes the sizes of inputs: "input 1×3×32×32".
func shapes(of map[string][]int64) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		var sizes []string
		for _, n := range of[name] {
			sizes = append(sizes, strconv.FormatInt(n, 10))
		}
		list = append(list, strings.TrimSpace(name+" "+strings.Join(sizes, "×")))
	}
	return strings.Join(list, ", ")
}

// repeat says how to do the same again: the configuration as it was used, and the command.
func (r *Report) repeat() (Section, bool) {
	s := Section{Title: "To repeat it"}
	var config struct {
		Report string `json:"report"`
	}
	if string(r.Config) == "null" || json.Unmarshal(r.Config, &config) != nil {
		return s, false
	}
	dir := cmp.Or(config.Report, "acdeploy-report")
	s.Lead = []string{"In the folder in which this was run, with the files named above. The configuration in the report is the one that was used, flags and variables included; what comes of it goes into a folder of its own."}
	s.Items = []string{
		fmt.Sprintf("acdeploy report %s --as-config > repeat.yaml", human.ShellWord(dir)),
		r.command() + " --report " + human.ShellWord(dir+"-again"),
	}
	return s, true
}

// command is the one that made the report, with the configuration in a file.
func (r *Report) command() string {
	words := []string{"acdeploy", "run", "repeat.yaml"}
	if r.Fuse == nil && len(r.Arms) > 0 {
		words = []string{"acdeploy", "bench"}
		for _, role := range []string{bench.RoleBaseline, bench.RoleCandidate, bench.RoleAsTrained} {
			for _, a := range r.Arms {
				if a.Role != role || a.Setting != r.Arms[0].Setting {
					continue
				}
				if role == bench.RoleAsTrained {
					words = append(words, "--as-trained")
				}
				words = append(words, human.ShellWord(a.Name))
			}
		}
		words = append(words, "--config", "repeat.yaml")
	}
	if p := r.provider(); p != "" {
		words = append(words, "--provider", p)
	}
	return strings.Join(words, " ")
}

// provider is where engines ran, where a flag chose it: the configuration then has nothing of it.
func (r *Report) provider() string {
	for _, s := range r.Settings {
		if p := s.Provider; p != "" && p != "cpu" && p != s.Backend && !bytes.Contains(r.Config, []byte(`"provider"`)) {
			return p
		}
	}
	return ""
}
