package layout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/acdeploy/acdeploy/bench/judge"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
)

// KServe is a file with an InferenceService.
type KServe struct {
	Path string // of the file that is written
	// Storage is where KServe gets the model from, such as oci://registry/repo@sha256:… or s3://bucket/folder.
	Storage func() (string, error)
}

var _ release.Target = KServe{}

func (k KServe) target() string { return "kserve:" + k.Path }

// Plan implements [release.Target].
func (k KServe) Plan(f *release.Folder) []string {
	return []string{fmt.Sprintf("write an InferenceService named %q as %s", serviceName(f.Name), k.Path)}
}

// Publish implements [release.Target].
func (k KServe) Publish(ctx context.Context, f *release.Folder) (release.Receipt, error) {
	r := release.Receipt{Target: k.target(), Reference: k.Path, Done: []string{}}
	err := k.publish(ctx, f, &r)
	return r, failed(k.target(), err)
}

// heading is the first line of what we write, and may write again.
const heading = "# Written by acdeploy publish.\n"

func (k KServe) publish(ctx context.Context, f *release.Folder, r *release.Receipt) error {
	if _, err := registered(f); err != nil {
		return err
	}
	if serviceName(f.Name) == "" {
		return fmt.Errorf("the name %q has no letter that a service of Kubernetes may begin with", f.Name)
	}
	from, err := k.Storage()
	if err != nil {
		return err
	}
	service := inferenceService(f, from)
	old, err := os.ReadFile(k.Path)
	switch {
	case err == nil && string(old) == service:
		r.Unchanged = true
		return nil
	case err == nil && !strings.HasPrefix(string(old), heading):
		return errors.New("the file is not one of acdeploy; name another one")
	case err != nil && !os.IsNotExist(err):
		return osfile.Cause(err)
	}
	if err := makeParent(k.Path); err != nil {
		return err
	}
	if _, err := osfile.FilesOf(ctx).Replace(k.Path, text(service)); err != nil {
		return osfile.Cause(err)
	}
	r.Done = append(r.Done, fmt.Sprintf("InferenceService %s, which gets the model from %s", serviceName(f.Name), human.Printable(from)))
	return nil
}

// inferenceService is the YAML. KServe finds a runtime for ONNX by the protocol of version 2.
func inferenceService(f *release.Folder, from string) string {
	var b strings.Builder
	b.WriteString(heading)
	b.WriteString("apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata:\n")
	fmt.Fprintf(&b, "  name: %s\n  annotations:\n    acdeploy/release-digest: %q\n", serviceName(f.Name), "sha256:"+f.Digest)
	b.WriteString("spec:\n  predictor:\n    model:\n      modelFormat:\n        name: onnx\n      protocolVersion: v2\n")
	fmt.Fprintf(&b, "      storageUri: %s\n", yamlString(from))
	if tritonKind(f.Report) == "KIND_GPU" {
		b.WriteString("      resources:\n        limits:\n          nvidia.com/gpu: \"1\"\n")
	}
	return b.String()
}

// mostLabel is how long a name in Kubernetes may be.
const mostLabel = 63

// serviceName is a name as Kubernetes allows it: small letters, digits and dashes, a letter first.
func serviceName(name string) string {
	mapped := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, strings.ToLower(name))
	mapped = strings.TrimLeft(mapped, "-0123456789")
	return strings.TrimRight(mapped[:min(len(mapped), mostLabel)], "-")
}

// yamlString writes a string in double quotes, in which YAML is as JSON.
func yamlString(s string) string {
	text, _ := json.Marshal(s) // of a string: it does not fail
	return string(text)
}

// isGPU reports whether a comparison was made with a provider on a GPU.
func isGPU(c judge.Comparison) bool {
	return c.Backend == "tensorrt" || c.Provider == "cuda" || c.Provider == "tensorrt"
}
