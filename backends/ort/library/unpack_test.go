package library

import (
	"testing"
)

func TestUnpackTarRefuses(t *testing.T) {
	good := npm(t)
	tests := map[string]struct {
		archive []byte
		want    string
	}{
		"symlink":   {makeTgz(t, entry{name: memberPath, link: "/etc/passwd"}), "is not a regular file"},
		"absent":    {makeTgz(t, entry{name: "x", data: []byte("x")}), "is missing in it"},
		"truncated": {good[:len(good)/2], "unpack"},
		"not_gzip":  {[]byte("no"), "unpack"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantError(t, unpack(write(t, npmFile, test.archive), packaged(candidate{Source: pinned(KindNPM, npmFile, test.archive)}, "").at, t.TempDir()), test.want)
		})
	}
}
