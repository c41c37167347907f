package oci

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/release"
)

// modelsFolder is where servers look for the model in an image.
const modelsFolder = "models"

// image is the model as a container image, for what can mount nothing else. Nothing in it can be run. The layer is not
// compressed: weights hardly get smaller, and compressors change from version to version.
func image(f *release.Folder, weights []release.File) (manifest, error) {
	layer, err := layerOf(f, weights)
	if err != nil {
		return manifest{}, err
	}
	config, err := document(ocispec.MediaTypeImageConfig, "image configuration", ocispec.Image{
		Platform: ocispec.Platform{Architecture: "amd64", OS: "linux"},
		RootFS:   ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{layer.Digest}},
	})
	if err != nil {
		return manifest{}, err
	}
	return assemble("image", ocispec.Manifest{Annotations: annotations(f)}, config, []blob{layer})
}

// layerOf is the layer of an image with the files.
func layerOf(f *release.Folder, files []release.File) (blob, error) {
	sum := digest.SHA256.Digester()
	counted := &counter{to: sum.Hash()}
	if err := writeLayer(counted, f, files); err != nil {
		return blob{}, fmt.Errorf("read release folder %s: %w", f.Dir, osfile.Cause(err))
	}
	return blob{
		Descriptor: ocispec.Descriptor{MediaType: ocispec.MediaTypeImageLayer, Digest: sum.Digest(), Size: counted.n},
		name:       "layer with the model",
		open: func() (io.ReadCloser, error) {
			r, w := io.Pipe()
			go func() { _ = w.CloseWithError(writeLayer(w, f, files)) }()
			return r, nil
		},
	}, nil
}

// writeLayer writes the files as a tar archive, the same bytes each time.
func writeLayer(w io.Writer, f *release.Folder, files []release.File) error {
	archive, epoch := tar.NewWriter(w), time.Unix(0, 0)
	if err := archive.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: modelsFolder + "/", Mode: 0o755, ModTime: epoch}); err != nil {
		return err
	}
	for _, file := range files {
		if err := archive.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg, Name: path.Join(modelsFolder, file.Name), Mode: 0o644, Size: file.Bytes, ModTime: epoch,
		}); err != nil {
			return err
		}
		if err := osfile.Copy(archive, filepath.Join(f.Dir, file.Name)); err != nil {
			return err
		}
	}
	return archive.Close()
}

// readLayer writes those files of a layer that are wanted into a folder.
func readLayer(r io.Reader, files osfile.Files, wanted map[string]bool, folder string) error {
	for archive := tar.NewReader(r); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		dir, name := path.Split(path.Clean(header.Name))
		if header.Typeflag != tar.TypeReg || dir != modelsFolder+"/" || !wanted[name] {
			continue
		}
		if err := writeFile(files, filepath.Join(folder, name), archive); err != nil {
			return err
		}
	}
}

// writeFile writes a file, anew where a try before had begun it, and flushes it to the disk.
func writeFile(files osfile.Files, name string, from io.Reader) error {
	file, err := files.Open(name, os.O_WRONLY|os.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = io.Copy(files.Writer(file), from)
	if err == nil {
		err = files.Sync(file)
	}
	return errors.Join(err, file.Close())
}

// counter counts what is written to another writer.
type counter struct {
	to   io.Writer
	n    int64
	seen func(n int64) // nil for nobody
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.n += int64(n)
	if c.seen != nil {
		c.seen(c.n)
	}
	return n, err
}
