package library

import (
	"slices"
	"strings"
	"testing"
)

func TestEmbeddedManifest(t *testing.T) {
	m, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, platform := range []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64", "windows/arm64"} {
		goos, arch, _ := strings.Cut(platform, "/")
		rows, err := m.For(goos, arch, "cpu")
		if err != nil {
			t.Errorf("%s: %v", platform, err)
			continue
		}
		sources := []string{}
		for _, r := range rows {
			for _, s := range r.Sources {
				sources = append(sources, r.Version+" "+s.Kind)
			}
		}
		want := []string{"1.32.0 wheel", "1.31.1 wheel", "1.30.0 wheel", "1.30.0 npm", "1.29.0 wheel", "1.28.0 wheel", "1.24.4 wheel"}
		if !slices.Equal(sources, want) {
			t.Errorf("%s: sources are %v", platform, sources)
		}
	}
	_, err = m.For("darwin", "amd64", "cpu")
	wantError(t, err, "Intel Macs")
	_, err = m.For("linux", "amd64", "cuda99")
	wantError(t, err, `flavour "cuda99" is not known for linux/amd64; known are cpu`)
	_, err = m.For("plan9", "amd64", "cpu")
	wantError(t, err, "no pinned onnxruntime for plan9/amd64")
	const known = "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f"
	if r, _, ok := m.Identify(known); !ok || r.Version != "1.32.0" || r.Arch != "amd64" {
		t.Errorf("Identify gives %+v, %v", r, ok)
	}
}

func TestManifestValidate(t *testing.T) {
	tests := map[string]struct {
		change func(*Runtime, *Source)
		want   string
	}{
		"short_digest":   {func(_ *Runtime, s *Source) { s.SHA256 = "abc" }, "size or sha256 is not given"},
		"member_digest":  {func(_ *Runtime, s *Source) { s.Members[0].SHA256 = "" }, "size or sha256 is not given"},
		"no_size":        {func(_ *Runtime, s *Source) { s.Size = 0 }, "size or sha256 is not given"},
		"traversal":      {func(_ *Runtime, s *Source) { s.Members[0].Path = "../../evil" }, "is outside the package"},
		"backslash":      {func(_ *Runtime, s *Source) { s.Members[0].Path = `..\evil` }, "is outside the package"},
		"absolute":       {func(_ *Runtime, s *Source) { s.Members[0].Path = "/etc/evil" }, "is outside the package"},
		"no_member":      {func(_ *Runtime, s *Source) { s.Members = nil }, "no member"},
		"same_name":      {func(_ *Runtime, s *Source) { s.Members = append(s.Members, s.Members[0]) }, "used twice"},
		"file_in_folder": {func(_ *Runtime, s *Source) { s.File = "../x" }, "is not a file name"},
		"kind":           {func(_ *Runtime, s *Source) { s.Kind = "ftp" }, "kind is not known"},
		"plain_http":     {func(_ *Runtime, s *Source) { s.Kind, s.URL = KindArchive, "http://x/y" }, "not https"},
		"no_platform":    {func(_ *Runtime, s *Source) { s.Platform = "" }, "platform"},
		"version":        {func(r *Runtime, _ *Source) { r.Version = "latest" }, "is not a version"},
		"licence":        {func(r *Runtime, _ *Source) { r.Licence = "" }, "licence"},
		"twice":          {func(r *Runtime, _ *Source) { r.Version = "9.9.8" }, "listed twice"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := storeOf(t, pinned(KindWheel, wheelFile, []byte("x")), pinned(KindNPM, npmFile, []byte("y")))
			test.change(&s.Manifest.Runtimes[0], &s.Manifest.Runtimes[0].Sources[0])
			wantError(t, s.Manifest.Validate(), test.want)
		})
	}
	_, err := ParseManifest([]byte(`{"minimun": "1.0.0"}`))
	wantError(t, err, "unknown field")
}
