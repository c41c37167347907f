package main

import (
	"context"
	"os"
	"strings"
	"testing"
)

// TestMain serves as the process of an engine, which the tests start.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == workerArgument {
		if err := serve(context.Background()); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestTryFuzz(t *testing.T) {
	t.Setenv("ACDEPLOY_ORT_LIB", "")
	t.Setenv("ORT_DYLIB_PATH", "/absent.so")
	for line, want := range map[string]string{
		"fuzz": "say how many", "fuzz -count 1 -seeds /absent": "no models in the folders of /absent", "fuzz -count 2 -seeds " + seedsOfTests: "", "none": "say which trial",
	} {
		err := start(t.Context(), strings.Fields(line))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", line, err)
		}
	}
}
