package reports

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/host"
)

// Difference is a condition of measuring that two reports do not share.
type Difference struct {
	Condition string `json:"fact"`   // what differs, such as a version
	First     string `json:"first"`  // what it is in the first report
	Second    string `json:"second"` // what it is in the second report
}

// conditions lists what the times of a report depend on, apart from the machine: of engines, what they have in common with another
// report's. The margin is none: it is what the times are judged by.
func (r *Report) conditions(other *Report) []host.Fact {
	list := append(r.Host.Process.Program(), []host.Fact{
		{Name: "units", Value: strconv.Itoa(r.Options.Units)},
		{Name: "duration", Value: r.Options.Duration.String()},
		{Name: "blocks", Value: strconv.Itoa(r.Options.Blocks)},
		{Name: "adaptive", Value: strconv.FormatBool(r.Options.Adaptive)},
		{Name: "pinned to CPUs", Value: strconv.FormatBool(r.Options.Pin)},
		{Name: "input seed", Value: strconv.FormatUint(r.Options.Seed, 10)},
	}...)
	for _, s := range r.Settings {
		if !slices.ContainsFunc(other.Settings, func(o judge.Setting) bool { return sameSetting(o.Key, s.Key) }) {
			continue
		}
		name := engine(s.Backend, s.Provider)
		list = append(list, host.Fact{Name: "options of " + name, Value: string(s.Options)}, host.Fact{Name: "inputs of " + SettingName(s.Key), Value: shapes(s.Shapes)})
		if s.Engine != nil {
			list = append(list, host.Fact{Name: "version of " + name, Value: s.Engine.Version}, host.Fact{Name: "library of " + name, Value: short(s.Engine.SHA256)})
		}
	}
	for _, t := range r.Tools {
		if !slices.ContainsFunc(other.Tools, func(o host.Library) bool { return o.Name == t.Name }) {
			continue
		}
		list = append(list, host.Fact{Name: "version of " + t.Name, Value: t.Version}, host.Fact{Name: "digest of " + t.Name, Value: short(t.SHA256)})
	}
	return list
}

// differences lists what is not the same in two lists, each fact once.
func differences(first, second []host.Fact) []Difference {
	found := []Difference{}
	seen := map[string]bool{}
	for _, f := range slices.Concat(first, second) {
		x, y := valueOf(first, f.Name), valueOf(second, f.Name)
		if x != y && !seen[f.Name] {
			found = append(found, Difference{f.Name, shown(x, y), shown(y, x)})
		}
		seen[f.Name] = true
	}
	return found
}

// valueOf is a fact of a list, or "" where it is not in it or not known.
func valueOf(list []host.Fact, name string) string {
	if i := slices.IndexFunc(list, func(f host.Fact) bool { return f.Name == name }); i >= 0 {
		return known(list[i].Value)
	}
	return ""
}

// mostWords is how many words a fact is shown with; of a longer one those that the other lacks.
const mostWords = 8

// shown is a fact as it is shown beside the other.
func shown(fact, other string) string {
	words := strings.Fields(fact)
	if len(words) > mostWords {
		others := strings.Fields(other)
		if lacks := slices.DeleteFunc(words, func(w string) bool { return slices.Contains(others, w) }); len(lacks) > 0 {
			return strings.Join(lacks, " ")
		}
		return "none of these"
	}
	return cmp.Or(fact, "not recorded")
}
