package tensorrt

import (
	"context"
	"sync"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/internal/osfile"
)

var _ backends.Identifier = (*TensorRT)(nil)

// Identify finds trtexec, and says its version and its digest. It opens no GPU.
func (t *TensorRT) Identify(ctx context.Context) backends.Description {
	d := t.Describe()
	path, source, err := find(t.Trtexec)
	if err != nil {
		return d
	}
	d.Library, d.Source = path, source
	d.SHA256, _ = osfile.SHA256(path) // a program that cannot be read has no digest
	if d.Version == "" {
		if p, err := ask(ctx, path); err == nil {
			d.Version = p.version.String()
		}
	}
	return d
}

// probed remembers the trtexec that was probed, together with its device.
type probed struct {
	mutex sync.Mutex
	found *program
}

// program probes trtexec and the device, once.
func (p *probed) program(ctx context.Context, named string, device int) (program, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.found == nil {
		found, err := probe(ctx, named, device)
		if err != nil {
			return program{}, err
		}
		p.found = &found
	}
	return *p.found, nil
}

// known is what was probed before, if anything was.
func (p *probed) known() (program, bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.found == nil {
		return program{}, false
	}
	return *p.found, true
}
