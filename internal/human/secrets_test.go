package human

import (
	"strings"
	"testing"
)

// An address is shown without its user, password, query and fragment, also where it cannot be read.
func TestReliability9WithoutSecrets(t *testing.T) {
	for s, want := range map[string]string{
		"no address: a//b, c:/d":                              "no address: a//b, c:/d",
		"https://example.com/a/b.whl":                         "https://example.com/a/b.whl",
		"https://example.com:8443/a":                          "https://example.com:8443/a",
		"https://packages.example.org/@scope/pkg@1.2/-/p.tgz": "https://packages.example.org/@scope/pkg@1.2/-/p.tgz",
		"at http://127.0.0.1:5055: refused":                   "at http://127.0.0.1:5055: refused",
		"(oci://registry:5000), and https://me:secret:":       "(oci://registry:5000), and https://***:",
		"https://me:secret@example.com/a":                     "https://***@example.com/a",
		"https://token@example.com":                           "https://***@example.com",
		"socks5://me:sec@ret@proxy:1080":                      "socks5://***@proxy:1080",
		"http://[::1]:80/a?token=secret":                      "http://[::1]:80/a?***",
		"get https://h/a?sig=secret&x=y: refused":             "get https://h/a?***: refused",
		"(https://h/a?sig=secret#x).":                         "(https://h/a?***).",
		"https://h?secret":                                    "https://h?***",
		"https://h/a#secret":                                  "https://h/a#***",
		"why https://h/a?":                                    "why https://h/a?",
		`Get "https://me:secret@h/a?b=secret": EOF`:           `Get "https://***@h/a?***": EOF`,
		`{"x":"Get \"https://h/a?b=secret\": EOF"}`:           `{"x":"Get \"https://h/a?***\": EOF"}`,
		`{"x":"https://h/a?b=1\u0026c=secret","y":1}`:         `{"x":"https://h/a?***","y":1}`,
		"https://me:sec/ret@h/a":                              "https://***",
		"oci://h:5000/net@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a":       "oci://h:5000/net@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
		"oci://me:12/secret@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a@h/a": "oci://***",
		"oci://me:secret@h/net@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a":  "oci://***@h/net@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
		"oci://me:12/secret@sha256:00/net":                   "oci://***",
		"https://me:12/secret@h/a":                           "https://***",
		"https://me:sec?ret@h/a":                             "https://***",
		"https://me:sec#ret@h/a":                             "https://***",
		"a https://me:secret@h/a and HTTP://me:secret@h/b":   "a https://***@h/a and HTTP://***@h/b",
		"Max retries exceeded with url: /a?X-Sig=secret (by": "Max retries exceeded with url: /a?*** (by",
		"read https:/me:secret@h/a?b=c":                      "read https:/***@h/a?***",
		"file:///a?b=secret":                                 "file:///a?***",
		"url://me:secret@h":                                  "url://***@h",
		"<https://me:secret@h/a>":                            "<https://***@h/a>",
	} {
		got := WithoutSecrets(s)
		if got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
		if again := WithoutSecrets(got); again != got {
			t.Errorf("%q becomes %q the second time", got, again)
		}
	}
}

// TestReliability9Writer hides secrets in whatever is printed.
func TestReliability9Writer(t *testing.T) {
	var out strings.Builder
	w := NewWriter(&out)
	if _, err := w.Write([]byte("::error::https://me:secret@h/a?b=secret\n")); err != nil {
		t.Fatal(err)
	}
	if want := `:\u003aerror::https://***@h/a?***` + "\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	if got := Printable("https://me:secret@h/\x1b"); got != `https://***@h/\u001b` {
		t.Errorf("%q", got)
	}
}
