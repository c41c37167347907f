package cli

import (
	"bytes"
	"log/slog"
	"testing"
)

func TestLines(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(&lines{w: &out, level: slog.LevelInfo})
	log.Debug("too fine")
	log.Info("read", "file", "a.onnx", "nodes", 3)
	log.With("backend", "ort").WithGroup("g").Warn("slow")
	if got, want := out.String(), "read  file: a.onnx  nodes: 3\nslow  backend: ort\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
