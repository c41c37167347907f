package oci

import (
	"net"
	"strings"

	"oras.land/oras-go/v2/registry"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

// Scheme is how an address in a registry begins.
const Scheme = "oci://"

// address is a release in a registry: HOST/REPOSITORY:TAG or HOST/REPOSITORY@DIGEST.
type address struct {
	registry.Reference
	digest bool // the release is named by its digest
}

// parse reads an address, with its scheme or without.
func parse(text string) (address, error) {
	rest := strings.TrimPrefix(text, Scheme)
	shown := human.WithoutSecrets(Scheme + rest)
	if before, after, at := strings.Cut(rest, "@"); at && (!strings.Contains(before, "/") || strings.Contains(after, "/")) {
		return address{}, outcome.Usagef("%s has a name or a password in it: leave them to docker login", shown)
	}
	ref, err := registry.ParseReference(rest)
	if err != nil {
		return address{}, outcome.Usagef("%s is not the address of a release; one looks like oci://registry.example.com/models/net:v1", shown)
	}
	if ref.Reference == "" {
		return address{}, outcome.Usagef("%s names no version: add a tag such as :v1, or @sha256: and a digest", shown)
	}
	return address{ref, ref.ValidateReferenceAsDigest() == nil}, nil
}

// String is the address with its scheme.
func (a address) String() string {
	if a.digest {
		return Scheme + a.Registry + "/" + a.Repository + "@" + a.Reference.Reference
	}
	return Scheme + a.Registry + "/" + a.Repository + ":" + a.Reference.Reference
}

// at is the address of what has a digest in the same repository.
func (a address) at(digest string) address {
	a.Reference.Reference, a.digest = digest, true
	return a
}

// loopback reports whether a host, with its port or without, is this machine.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
