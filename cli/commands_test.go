package cli_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// oneLine fails unless standard error of the last command is exactly one line, and a short one.
func oneLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: oneline")
	}
	text := ts.ReadFile("stderr")
	if strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "acdeploy: ") {
		ts.Fatalf("want one line, got %q", text)
	}
	if len(text) > 300 {
		ts.Fatalf("a line of %d characters: %q", len(text), text)
	}
}

// queryJSON checks a value in a JSON document: jq FILE PATH VALUE, with PATH like verify.checks.0.backend;
// a length is checked as PATH.len.
func queryJSON(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: jq file path value")
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	var value any
	ts.Check(d.Decode(&value))
	if d.More() {
		ts.Fatalf("more than one JSON document")
	}
	for key := range strings.SplitSeq(args[1], ".") {
		value = inside(ts, value, key)
	}
	if got := fmt.Sprint(value); (got == args[2]) == neg {
		ts.Fatalf("%s is %q, want %q", args[1], got, args[2])
	}
}

func inside(ts *testscript.TestScript, value any, key string) any {
	switch v := value.(type) {
	case map[string]any:
		inner, ok := v[key]
		if !ok {
			ts.Fatalf("there is no key %q", key)
		}
		return inner
	case []any:
		if key == "len" {
			return len(v)
		}
		i, err := strconv.Atoi(key)
		if err != nil || i >= len(v) {
			ts.Fatalf("there is no element %s of %d", key, len(v))
		}
		return v[i]
	}
	ts.Fatalf("%q is not in a list or an object", key)
	return nil
}

// writeModel writes a small model, usually one that is wrong in some way: model KIND FILE.
func writeModel(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: model kind file")
	}
	make, ok := kinds()[args[0]]
	if !ok {
		ts.Fatalf("unknown kind of model %q", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), make(), 0o644))
}

// matches fails unless exactly one file fits a pattern: glob PATTERN.
func matches(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: glob pattern")
	}
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%s fits %q", args[0], found)
	}
}

// writeRecord writes what a wheel says of a file that it installs: record RECORD FILE.
func writeRecord(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: record RECORD file")
	}
	sum := sha256.Sum256([]byte(ts.ReadFile(args[1])))
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[0])), 0o755))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), fmt.Appendf(nil, "%s,sha256=%s,\n", args[1], base64.RawURLEncoding.EncodeToString(sum[:])), 0o644))
}

// exitCode runs a program and checks its exit code: code N PROGRAM ARGUMENT...
func exitCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code number program argument...")
	}
	got := 0
	err := ts.Exec(args[1], args[2:]...)
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s\n%s", got, args[0], ts.ReadFile("stderr"))
	}
}
