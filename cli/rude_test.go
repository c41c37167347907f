package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/reference"
	"github.com/acdeploy/acdeploy/catalog"
	"github.com/acdeploy/acdeploy/tensor"
)

// rudeVariable adds the engine rude to the program: "CALL DEED", such as "run kill", or "run hang FILE" to make a file first.
const rudeVariable = "ACDEPLOY_TEST_RUDE"

func rudeEntries() catalog.Catalog[backends.Backend] {
	if os.Getenv(rudeVariable) == "" {
		return nil
	}
	return catalog.Catalog[backends.Backend]{{Name: "rude", Doc: "for tests", New: func() backends.Backend { return &rude{} }}}
}

// rude is the reference, but takes its process along at a call with a model that has no batch normalisation: a fused one.
type rude struct{}

func (*rude) Describe() backends.Description { return backends.Description{Name: "rude"} }

func (*rude) Check(context.Context) error { return nil }

func (*rude) Open(ctx context.Context, m backends.Model, tuning backends.Tuning) (backends.Session, error) {
	raw, err := os.ReadFile(m.Path)
	if err != nil {
		return nil, err
	}
	fused := !bytes.Contains(raw, []byte("BatchNormalization"))
	if strings.Contains(m.Path, string(filepath.Separator)+".acdeploy-") {
		misbehave("copy")
	}
	if fused {
		misbehave("open")
	}
	s, err := reference.New().Open(ctx, m, tuning)
	if err != nil || !fused {
		return s, err
	}
	return rudeSession{s}, nil
}

type rudeSession struct{ backends.Session }

func (s rudeSession) Run(ctx context.Context, in tensor.Map) (tensor.Map, error) {
	misbehave("run")
	return s.Session.Run(ctx, in)
}

func misbehave(call string) {
	at, deed, _ := strings.Cut(os.Getenv(rudeVariable), " ")
	switch {
	case at != call:
	case deed == "panic":
		panic("out of cheese")
	case deed == "kill":
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		time.Sleep(time.Minute)
	case strings.HasPrefix(deed, "hang"):
		busy(strings.TrimPrefix(strings.TrimPrefix(deed, "hang"), " "))
	case deed == "eat":
		eat()
	case deed == "exit":
		os.Exit(0)
	}
}

// eat takes far more memory than the tests allow, and ends where nobody stops it.
func eat() {
	hoard := make([]byte, 1<<30)
	for i := 0; i < len(hoard); i += 4096 {
		hoard[i] = 1
	}
	os.Exit(0)
}
