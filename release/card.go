package release

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/reports/formats"
)

// frontMatter is what Hugging Face reads at the beginning of a model card.
type frontMatter struct {
	Library string       `yaml:"library_name"`
	Tags    []string     `yaml:"tags"`
	Index   []indexEntry `yaml:"model-index"`
}

type indexEntry struct {
	Name    string       `yaml:"name"`
	Results []cardResult `yaml:"results"`
}

type cardResult struct {
	Task    cardTask     `yaml:"task"`
	Dataset cardDataset  `yaml:"dataset"`
	Metrics []cardMetric `yaml:"metrics"`
}

type cardTask struct {
	Type string `yaml:"type"`
}

type cardDataset struct {
	Type string `yaml:"type"`
	Name string `yaml:"name"`
}

type cardMetric struct {
	Type  string  `yaml:"type"`
	Value float64 `yaml:"value"`
	Name  string  `yaml:"name"`
}

// card writes the model card: what Hugging Face reads, then what people read.
func (f *facts) card(to io.Writer) error {
	head, err := yaml.MarshalWithOptions(f.frontMatter(), yaml.IndentSequence(true))
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(to, "---\n%s---\n\n", head); err != nil {
		return err
	}
	markdown, err := formats.Catalog().Make("markdown", nil)
	if err != nil {
		return err
	}
	return markdown.Write(reports.Output{Writer: to, ASCII: true}, cardDocument{f})
}

func (f *facts) frontMatter() frontMatter {
	task := "other" // what a network is for does not stand in its file
	var latencies, answers []cardMetric
	for _, m := range f.measured() {
		one := cardMetric{Type: m.kind, Value: m.value, Name: m.name + ", " + m.where}
		switch {
		case !finite(m.value):
		case m.kind == "accuracy" || m.kind == "agreement":
			answers = append(answers, one)
		default:
			latencies = append(latencies, one)
		}
	}
	entry := indexEntry{Name: f.name, Results: []cardResult{}}
	if len(answers) > 0 {
		entry.Results = append(entry.Results, cardResult{cardTask{task}, cardDataset{f.dataset(), f.dataset()}, answers})
	}
	if len(latencies) > 0 {
		entry.Results = append(entry.Results, cardResult{cardTask{task}, f.timed(), latencies})
	}
	return frontMatter{Library: "onnx", Tags: []string{"onnx", "acdeploy", "re-parameterization"}, Index: []indexEntry{entry}}
}

// dataset is the name of the file with the samples.
func (f *facts) dataset() string { return baseName(configOf(f.report).Verify.Data.Path) }

// timed is what the latencies were measured with.
func (f *facts) timed() cardDataset {
	if slices.ContainsFunc(f.report.Settings, func(s judge.Setting) bool { return s.Samples > 0 }) {
		return cardDataset{f.dataset(), f.dataset()}
	}
	return cardDataset{"generated", "generated inputs"}
}

// cardDocument is the report as a model card shows it: what the model is, what was shown, and how it was made.
type cardDocument struct{ *facts }

// Page implements [reports.Document].
func (d cardDocument) Page() reports.Page {
	all := d.report.Page()
	page := reports.Page{Result: d.about()}
	for _, s := range all.Evidence {
		if onCard(s.Title) {
			page.Evidence = append(page.Evidence, s)
		}
	}
	page.Evidence = append(page.Evidence, d.made(), d.limits())
	return page
}

// onCard reports whether a section of a report belongs on the card of the model. The others stand in the report beside it.
func onCard(title string) bool {
	return slices.ContainsFunc([]string{"Verdicts", "Gates", "Operators", "Answers", "Warnings", "Latency", "Environment"}, func(word string) bool {
		return strings.HasPrefix(title, word)
	})
}

// about says what the model is.
func (d cardDocument) about() *reports.Section {
	s := reports.Section{Title: human.Printable(d.name)}
	s.Lead = []string{
		fmt.Sprintf("The network %s with its branches fused by acdeploy: an ONNX model with the same answers, of the plain architecture.", baseName(d.report.Fuse.Input.Path)),
		d.report.Concluded().Headline,
	}
	for _, in := range d.signature.Inputs {
		s.Items = append(s.Items, "Input "+in.String())
	}
	for _, out := range d.signature.Outputs {
		s.Items = append(s.Items, "Output "+out.String())
	}
	return printable(s)
}

// made says where the model came from, and by which digests it is known.
func (d cardDocument) made() reports.Section {
	s := reports.Section{Title: "Provenance", Table: &reports.Table{Columns: []reports.Column{{Title: "what"}, {Title: "value", Whole: true}}}}
	s.Table.Rows = [][]string{
		{"model, model_sha256", d.digest.ModelSHA256},
		{"as trained, model_sha256", d.stamp.Source},
		{"configuration, sha256", d.stamp.Config},
		{"acdeploy", d.stamp.Version},
	}
	s.Notes = []string{"The metadata of the model say the same. The statements, the bill of materials and the report beside it have the rest; acdeploy release verify compares all of them."}
	return *printable(s)
}

// limits says what was not shown.
func (d cardDocument) limits() reports.Section {
	return reports.Section{Title: "Limits", Items: []string{
		"The latencies are those of the machine and the settings above. On other hardware only a measurement there tells.",
		"Whether the answers are right is for whoever trained the network to say: it is shown that they are the same as before.",
	}}
}

// printable is a section whose text steers no terminal: names in it come from files.
func printable(s reports.Section) *reports.Section {
	for _, list := range [][]string{s.Lead, s.Items} {
		for i, line := range list {
			list[i] = human.Printable(line)
		}
	}
	if s.Table != nil {
		for _, row := range s.Table.Rows {
			for i, cell := range row {
				row[i] = human.Printable(cell)
			}
		}
	}
	return &s
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func none() [2]bench.Float { return [2]bench.Float{bench.Float(math.NaN()), bench.Float(math.NaN())} }
