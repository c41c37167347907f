package configs_test

import (
	"slices"
	"testing"

	"github.com/acdeploy/acdeploy/configs"
)

// TestReliability9Executed lists what a file says to execute, and not what a flag or a variable says.
func TestReliability9Executed(t *testing.T) {
	for text, want := range map[string][]string{
		"model: a.onnx\n":               nil,
		"runtime: {library: ./a.so}\n":  {"runtime.library"},
		"runtime: {library: \"\"}\n":    nil,
		"bench: {backends: [ort]}\n":    nil,
		"bench: {backends: [nobody]}\n": nil,
		"bench: {backends: [reference, {ort: {provider: cpu, library: a.so, required: true}}]}\n": {"bench.backends[1].ort.library"},
		"bench: {backends: [{ort: {engine_cache: a, timing_cache: b}}]}\n":                        {"bench.backends[0].ort.engine_cache"},
		"bench: {backends: [{tensorrt: {trtexec: ./a, cache: b, device: 1}}]}\n":                  {"bench.backends[0].tensorrt.trtexec", "bench.backends[0].tensorrt.cache"},
		"bench: {backends: [{ort: {library: a.so, librar: b}}]}\n":                                {"bench.backends[0].ort.library"},
	} {
		c, _ := configs.Parse("acdeploy.yaml", []byte(text), shipped())
		if got := c.Executed(shipped()); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
	c, err := configs.Parse("acdeploy.yaml", []byte("runtime: {library: ./a.so}\nbench: {backends: [{ort: {library: a.so}}]}\n"), shipped())
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range map[string]string{"runtime.library": "/own.so", "bench.backends": "[{ort: {library: /own.so}}]"} {
		if err := c.Set(key, value, "FLAG"); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Executed(shipped()); got != nil {
		t.Errorf("flags take the place of the file, which sets %q", got)
	}
	if got := configs.Defaults().Executed(shipped()); got != nil {
		t.Errorf("no file sets %q", got)
	}
}
