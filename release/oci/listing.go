package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote/errcode"
)

const (
	mostReferrers = 1000
	mostMetadata  = 4 << 20 // bytes of a manifest or an index
)

// referrers are the digests of what refers to a manifest: by the registry's own list, and by the tag that stands in for the
// list in registries without one. A registry that was updated since may have both.
func (c *client) referrers(ctx context.Context, subject ocispec.Descriptor) ([]ocispec.Descriptor, error) {
	var found []ocispec.Descriptor
	err := c.Referrers(ctx, subject, "", func(some []ocispec.Descriptor) error {
		if found = append(found, some...); len(found) > mostReferrers {
			return fmt.Errorf("more than %d documents refer to the model", mostReferrers)
		}
		return nil
	})
	if err != nil && !missing(err) {
		return nil, err
	}
	tagged, err := c.tagged(ctx, subject)
	if err != nil && !missing(err) {
		return nil, err
	}
	known, all := map[digest.Digest]bool{}, found[:0]
	for _, d := range append(found, tagged...) {
		if !known[d.Digest] {
			known[d.Digest], all = true, append(all, d)
		}
	}
	return all, nil
}

// tagged are the referrers that the tag sha256-DIGEST lists.
func (c *client) tagged(ctx context.Context, subject ocispec.Descriptor) ([]ocispec.Descriptor, error) {
	tag := subject.Digest.Algorithm().String() + "-" + subject.Digest.Encoded()
	desc, body, err := c.FetchReference(ctx, tag)
	if err != nil {
		return nil, err
	}
	data, err := readAll(body, desc)
	if err != nil {
		return nil, err
	}
	var index ocispec.Index
	if err := json.Unmarshal(data, &index); err != nil || len(index.Manifests) > mostReferrers {
		return nil, fmt.Errorf("the tag %s is no list of at most %d documents", tag, mostReferrers)
	}
	return index.Manifests, nil
}

// document fetches a manifest by its descriptor.
func (c *client) document(ctx context.Context, desc ocispec.Descriptor) (m ocispec.Manifest, err error) {
	if desc.MediaType != ocispec.MediaTypeImageManifest {
		return m, fmt.Errorf("%s is of type %s, not a manifest", desc.Digest, desc.MediaType)
	}
	var data []byte
	err = c.patiently(ctx, func() error {
		body, err := c.Manifests().Fetch(ctx, desc)
		if err == nil {
			data, err = readAll(body, desc)
		}
		return err
	})
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	return m, err
}

// readAll reads a document, checks its digest and closes it.
func readAll(body io.ReadCloser, desc ocispec.Descriptor) ([]byte, error) {
	if desc.Size > mostMetadata {
		_ = body.Close()
		return nil, fmt.Errorf("%s has %d bytes, more than a document may have", desc.Digest, desc.Size)
	}
	data, err := content.ReadAll(body, desc)
	return data, errors.Join(err, body.Close())
}

// missing reports whether an error says that something is not in the registry.
func missing(err error) bool {
	if errors.Is(err, errdef.ErrNotFound) {
		return true
	}
	answer, ok := errors.AsType[*errcode.ErrorResponse](err)
	return ok && answer.StatusCode == http.StatusNotFound
}
