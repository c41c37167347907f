package worker

import (
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":   {"", ""},
		"lines":   {"a\nb\nc\n", "b; c"},
		"colours": {"\x1b[0;31mred\x1b[m alert", "red alert"},
		"panic":   {"starting\npanic: no\n\ngoroutine 1 [running]:\nmain.main()\n", "panic: no"},
		"signal":  {"SIGSEGV: segmentation violation\nPC=0x0\ngoroutine 0\n", "SIGSEGV: segmentation violation"},
		"long":    {strings.Repeat("x", 100_000) + "\nlast words", strings.Repeat("x", 40) + "; last words"},
	} {
		t.Run(name, func(t *testing.T) {
			stderr := &tail{keep: 51}
			for _, part := range strings.SplitAfter(c.text, "\n") {
				_, _ = stderr.Write([]byte(part))
			}
			if name != "long" {
				stderr = &tail{keep: 1000}
				_, _ = stderr.Write([]byte(c.text))
			}
			if got := stderr.String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
