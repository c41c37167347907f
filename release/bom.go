package release

import (
	"io"
	"strconv"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/acdeploy/acdeploy/bench"
	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/reports"
	"github.com/acdeploy/acdeploy/tensor"
	"github.com/acdeploy/acdeploy/verify"
)

// The names of properties of components of a bill of materials.
const (
	propertyModel  = "acdeploy:model_sha256"
	propertyConfig = "acdeploy:config"
	propertyPasses = "acdeploy:passes"
	propertyProof  = "acdeploy:proof"
)

// bom writes the bill of materials: what the model consists of and came from, and the numbers that were measured of it.
func (f *facts) bom(to io.Writer) error {
	at, err := f.epoch()
	if err != nil {
		return err
	}
	b := cdx.NewBOM()
	b.SpecVersion = cdx.SpecVersion1_6
	b.JSONSchema = "http://cyclonedx.org/schema/bom-1.6.schema.json"
	b.Metadata = &cdx.Metadata{
		Timestamp: at,
		Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{{
			Type: cdx.ComponentTypeApplication, Name: "acdeploy", Version: f.stamp.Version,
		}}},
		Component: f.component(),
	}
	var libraries []cdx.Component
	for _, l := range f.libraries() {
		libraries = append(libraries, cdx.Component{
			BOMRef: "engine-" + l.SHA256[:16], Type: cdx.ComponentTypeLibrary, Name: l.Name, Version: l.Version, Hashes: hashes(l.SHA256),
		})
	}
	if libraries != nil {
		b.Components = &libraries
	}
	return reports.JSON(to, b) // not the encoder of cyclonedx-go: the files of a folder are laid out alike
}

// component is the model.
func (f *facts) component() *cdx.Component {
	c := &cdx.Component{
		BOMRef: "model", MIMEType: "application/onnx", Type: cdx.ComponentTypeMachineLearningModel, Name: f.name,
		Description: "Re-parameterised ONNX model: its branches are one convolution each, and its answers are those of its source.",
		Hashes:      hashes(f.parts[0].SHA256),
		Pedigree:    &cdx.Pedigree{Ancestors: &[]cdx.Component{ancestor(f.report.Fuse.Input)}},
		ModelCard: &cdx.MLModelCard{
			ModelParameters: &cdx.MLModelParameters{
				Inputs: interfaces(f.signature.Inputs), Outputs: interfaces(f.signature.Outputs),
			},
			QuantitativeAnalysis: &cdx.MLQuantitativeAnalysis{PerformanceMetrics: f.metrics()},
		},
		Properties: &[]cdx.Property{
			{Name: propertyModel, Value: f.digest.ModelSHA256},
			{Name: propertyConfig, Value: f.stamp.Config},
			{Name: propertyPasses, Value: f.stamp.Passes},
		},
	}
	if v := f.report.Verify; v != nil {
		*c.Properties = append(*c.Properties, cdx.Property{Name: propertyProof, Value: string(v.Proof)})
	}
	var data []cdx.Component
	for _, p := range f.parts[1:] {
		data = append(data, cdx.Component{BOMRef: "data-" + p.SHA256[:16], Type: cdx.ComponentTypeFile, Name: p.Name, Hashes: hashes(p.SHA256)})
	}
	if data != nil {
		c.Components = &data
	}
	return c
}

// ancestor is the model as trained.
func ancestor(file reports.File) cdx.Component {
	return cdx.Component{
		BOMRef: "source", Type: cdx.ComponentTypeMachineLearningModel, Name: baseName(file.Path), Hashes: hashes(file.SHA256),
		Properties: &[]cdx.Property{{Name: propertyModel, Value: file.ModelSHA256}},
	}
}

func hashes(sha256 string) *[]cdx.Hash {
	return &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sha256}}
}

// interfaces says what a model takes and gives: "input: float32[N,3,32,32]".
func interfaces(specs []tensor.Spec) *[]cdx.MLInputOutputParameters {
	list := []cdx.MLInputOutputParameters{}
	for _, s := range specs {
		list = append(list, cdx.MLInputOutputParameters{Format: s.String()})
	}
	return &list
}

// metric is a number that was measured.
type metric struct {
	kind, name string
	value      float64
	where      string         // on what
	ci         [2]bench.Float // NaN where there is none
}

// measured are the numbers of a model card, as they are in the report.
func (f *facts) measured() []metric {
	var list []metric
	for _, c := range f.report.Comparisons {
		where := reports.SettingName(c.Key)
		list = append(list,
			metric{"latency", "latency in milliseconds", float64(f.latencyOf(c)) / 1e6, where, none()},
			metric{"latency_ratio", "latency over that of the plain network", float64(c.Ratio), where, c.CI},
			metric{"speedup", "times as fast as the network as trained", float64(c.Speedup.Ratio), where, c.Speedup.CI})
	}
	if v := f.report.Verify; v != nil {
		for _, c := range v.Checks {
			if t := c.Top1; t != nil {
				list = append(list, accuracy(*t, c.Backend)...)
			}
		}
	}
	return list
}

// latencyOf is the latency of a candidate as the report shows it, in nanoseconds.
func (f *facts) latencyOf(c judge.Comparison) int64 {
	for _, a := range f.report.Arms {
		if a.Key == c.Key && a.Name == c.Candidate && a.Role == bench.RoleCandidate {
			return f.report.LatencyOf(a)
		}
	}
	return c.CandidateMedian
}

// accuracy is that of the model, and how often its class is that of its source.
func accuracy(t verify.Top1, engine string) []metric {
	return []metric{
		{"accuracy", "top-1", float64(t.After), engine, none()},
		{"agreement", "share of the samples with the class that the source gives", float64(t.Agreement), engine, none()},
	}
}

// metrics are the measured numbers in the terms of CycloneDX.
func (f *facts) metrics() *[]cdx.MLPerformanceMetric {
	list := []cdx.MLPerformanceMetric{}
	for _, m := range f.measured() {
		if !finite(m.value) {
			continue
		}
		p := cdx.MLPerformanceMetric{Type: m.kind, Value: decimal(m.value), Slice: m.where}
		if finite(float64(m.ci[0])) && finite(float64(m.ci[1])) {
			p.ConfidenceInterval = &cdx.MLPerformanceMetricConfidenceInterval{LowerBound: decimal(float64(m.ci[0])), UpperBound: decimal(float64(m.ci[1]))}
		}
		list = append(list, p)
	}
	return &list
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
