package reports

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/internal/human"
)

// Difference is a condition of measuring that two reports do not share.
type Difference struct {
	Condition string `json:"fact"`
	First     string `json:"first"`
	Second    string `json:"second"`
}

// condition is something that must be the same for times to be comparable.
type condition struct{ name, value string }

// conditions lists what the times of a report depend on.
func (r *Report) conditions() []condition {
	h := r.Host
	list := []condition{
		{"processor", h.CPU.Brand},
		{"logical cores", strconv.Itoa(h.CPU.LogicalCores)},
		{"clock governor", h.Frequency.Governor},
		{"kernel", h.System.Kernel},
		{"acdeploy", h.Process.Version + " " + h.Process.Revision},
		{"margin", r.Options.Margin.String()},
		{"units", strconv.Itoa(r.Options.Units)},
		{"duration", r.Options.Duration.String()},
		{"blocks", strconv.Itoa(r.Options.Blocks)},
		{"adaptive", strconv.FormatBool(r.Options.Adaptive)},
		{"input seed", strconv.FormatUint(r.Options.Seed, 10)},
		{"microcode", h.CPU.Microcode},
		{"virtualization", h.System.Virtualization},
		{"container", h.System.Container},
		{"clock source", h.System.Clocksource},
		{"CPU quota", h.Limits.CPUQuota},
		{"memory limit", h.Limits.MemoryLimit},
		{"allowed CPUs", h.Limits.Affinity},
		{"acdeploy built with", h.Process.GoVersion},
	}
	if h.Memory.Total != nil {
		list = append(list, condition{"memory", human.Bytes(*h.Memory.Total)})
	}
	for _, name := range slices.Sorted(maps.Keys(h.Process.Env)) {
		if !strings.HasPrefix(name, "ACDEPLOY_") { // those are in the options
			list = append(list, condition{"variable " + name, h.Process.Env[name]})
		}
	}
	for i, g := range h.GPUs {
		list = append(list, condition{fmt.Sprintf("GPU %d", i), g.Name}, condition{fmt.Sprintf("driver of GPU %d", i), g.Driver})
	}
	for _, s := range r.Settings {
		list = append(list, condition{"options of " + engine(s.Backend, s.Provider), string(s.Options)}, condition{"inputs of " + SettingName(s.Key), fmt.Sprint(s.Shapes)})
		if s.Engine != nil {
			name := engine(s.Backend, s.Provider)
			list = append(list, condition{"version of " + name, s.Engine.Version}, condition{"library of " + name, short(s.Engine.SHA256)})
		}
	}
	for _, t := range r.Tools {
		list = append(list, condition{"version of " + t.Name, t.Version}, condition{"digest of " + t.Name, short(t.SHA256)})
	}
	return list
}

// differences lists the conditions that are not the same in both reports, each once.
func differences(a, b *Report) []Difference {
	found := []Difference{}
	first, second := a.conditions(), b.conditions()
	seen := map[string]bool{}
	for _, c := range slices.Concat(first, second) {
		x, y := valueOf(first, c.name), valueOf(second, c.name)
		if x != y && !seen[c.name] {
			found = append(found, Difference{c.name, x, y})
		}
		seen[c.name] = true
	}
	return found
}

func valueOf(list []condition, name string) string {
	if i := slices.IndexFunc(list, func(c condition) bool { return c.name == name }); i >= 0 {
		return list[i].value
	}
	return "not recorded"
}
