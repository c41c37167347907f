package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/outcome"
	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/oci"
)

// fetchDocument is the document of the command.
type fetchDocument struct {
	Schema    string      `json:"schema"`
	Reference string      `json:"reference"` // with the digest
	Folder    string      `json:"folder"`
	Digest    string      `json:"digest"` // of the folder
	Name      string      `json:"name"`
	Unchanged bool        `json:"unchanged"`
	Files     []fetchFile `json:"files"`
}

type fetchFile struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

func newFetchCmd(a *app) *cobra.Command {
	var output string
	var plainHTTP bool
	cmd := &cobra.Command{
		Use:   "fetch oci://REGISTRY/NAME@DIGEST -o DIR",
		Short: "bring a release back from a container registry",
		Long: `Bring a release back that acdeploy publish put into a container registry: the model and every document about
it. The folder appears when all of it is there, and every file is the one that was published. A folder with
the same release stays as it is; any other that is not empty is an error.

	acdeploy fetch oci://registry.example.com/models/net@sha256:0f1e2d… -o release
	acdeploy fetch oci://registry.example.com/models/net:v1 -o release

A digest stands for the same bytes forever. A tag may move to another release; the command prints the digest.

Passwords come from Docker's configuration, with its credential helpers: docker login REGISTRY writes it.`,
		Args: arguments(1, 1, "one address, such as oci://registry.example.com/models/net:v1"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if output == "" {
				return outcome.Usagef("%s: name the folder to write with -o", name(cmd))
			}
			got, err := oci.Fetch(cmd.Context(), args[0], output, oci.FetchOptions{PlainHTTP: plainHTTP, Progress: a.transferred("fetch")})
			a.progress.clear()
			if err != nil {
				return err
			}
			return a.fetched(got, output)
		},
	}
	f := cmd.Flags()
	f.VarP(pathValue{&output}, "output", "o", "folder to write")
	a.addPlainHTTP(cmd, &plainHTTP)
	a.addJSON(cmd)
	return cmd
}

// addPlainHTTP gives a command that talks to a registry the flag that allows it to do so without TLS.
func (a *app) addPlainHTTP(cmd *cobra.Command, plainHTTP *bool) {
	cmd.Flags().BoolVar(plainHTTP, "plain-http", false, "talk to a registry that is not on this machine without TLS, too")
}

// fetched prints what came.
func (a *app) fetched(got oci.Fetched, dir string) error {
	if a.asJSON {
		doc := fetchDocument{"acdeploy.fetch/v1", got.Reference, dir, got.Folder.Digest, got.Folder.Name, got.Unchanged, []fetchFile{}}
		for _, f := range got.Folder.Files {
			doc.Files = append(doc.Files, fetchFile(f))
		}
		return a.document(doc)
	}
	if got.Unchanged {
		a.printf("%s has this release already: %s\n", dir, got.Reference)
		return nil
	}
	a.printf("fetched %s into %s, %s, %s\n%s\n", got.Folder.Name, dir, human.Count(len(got.Folder.Files)+1, "file"), human.Bytes(size(got.Folder)), got.Reference)
	return nil
}

// opener reads releases in folders and in registries.
func (a *app) opener(plainHTTP bool) releaseOpener {
	return func(ctx context.Context, reference string) (*release.Folder, func() error, error) {
		if !strings.HasPrefix(reference, oci.Scheme) {
			return openRelease(ctx, reference)
		}
		aside, remove, err := osfile.MakeScratch("release")
		if err != nil {
			return nil, nil, err
		}
		got, err := oci.Fetch(ctx, reference, filepath.Join(aside, "release"), oci.FetchOptions{PlainHTTP: plainHTTP, Progress: a.transferred("fetch")})
		a.progress.clear()
		if err != nil {
			return nil, nil, errors.Join(err, remove())
		}
		return got.Folder, remove, nil
	}
}

// size is that of the files of a release.
func size(f *release.Folder) (bytes int64) {
	for _, file := range f.Files {
		bytes += file.Bytes
	}
	return bytes
}

// shownEvery is how often the number of bytes that have come is shown at most.
const shownEvery = 100 * time.Millisecond

// transferred shows how much of a file went through the network, in a stage of that name.
func (a *app) transferred(stage acdeploy.Stage) oci.Progress {
	last := time.Now()
	return func(file string, done, total int64) {
		if done < total && time.Since(last) < shownEvery {
			return
		}
		last = time.Now()
		a.progress.observe(acdeploy.Event{
			Stage: stage, Done: float64(done), Total: float64(total), Unit: "bytes", Note: fmt.Sprintf("%s, %s", file, human.Bytes(total)),
		})
	}
}
