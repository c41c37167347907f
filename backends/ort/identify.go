package ort

import (
	"cmp"
	"context"
	"sync"

	"github.com/acdeploy/acdeploy/backends"
	"github.com/acdeploy/acdeploy/backends/ort/library"
)

var _ backends.Identifier = (*ORT)(nil)

// Identify finds the library, and says its digest. A library that acdeploy installs is known by it; the version of
// any other is told by its package or its name, or once it was loaded. It loads none: a library may take the process with it.
func (o *ORT) Identify(context.Context) backends.Description {
	d := o.Describe()
	found, err := o.find()
	if err != nil {
		return d
	}
	d.Library, d.Source = found.Path, found.Source
	d.SHA256 = o.known.digest(found.Path)
	d.Version = cmp.Or(d.Version, pinned(d.SHA256), found.Version)
	return d
}

// pinned is the version of an installed library with that digest; "" for one that acdeploy does not know.
func pinned(digest string) string {
	manifest, err := library.Embedded()
	if err != nil {
		return ""
	}
	r, _, _ := manifest.Identify(digest)
	return r.Version
}

// identities are the digests of libraries, each read once: a library has tens of megabytes.
type identities struct {
	mutex  sync.Mutex
	byPath map[string]string
	hash   func(path string) (string, error) // nil for [library.Digest]
}

// digest is the SHA-256 of a library; "" for one that cannot be read.
func (k *identities) digest(path string) string {
	if k == nil {
		k = &identities{}
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if known, ok := k.byPath[path]; ok {
		return known
	}
	hash := k.hash
	if hash == nil {
		hash = library.Digest
	}
	digest, err := hash(path)
	if err != nil {
		return ""
	}
	if k.byPath == nil {
		k.byPath = map[string]string{}
	}
	k.byPath[path] = digest
	return digest
}
