package oci

import (
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/outcome"
)

func TestParse(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	for text, want := range map[string]string{
		"oci://registry.example.com/models/net:v1":              "oci://registry.example.com/models/net:v1",
		"localhost:5000/net:v1":                                 "oci://localhost:5000/net:v1",
		"oci://[::1]:5000/net:v1":                               "oci://[::1]:5000/net:v1",
		"oci://registry.example.com/net@" + digest:              "oci://registry.example.com/net@" + digest,
		"oci://registry.example.com/net:v1@" + digest:           "oci://registry.example.com/net@" + digest,
		"oci://registry.example.com:5000/a/b/c:" + "v1.0_x-y":   "oci://registry.example.com:5000/a/b/c:v1.0_x-y",
		"registry.example.com/net":                              "",
		"oci://registry.example.com":                            "",
		"oci://registry.example.com/net:":                       "",
		"oci://registry.example.com/net:a/b":                    "",
		"oci://registry.example.com/Net:v1":                     "",
		"oci://registry.example.com/net@sha256:12":              "",
		"oci://registry.example.com/net:v 1":                    "",
		"https://registry.example.com/net:v1":                   "",
		"oci://me:" + password + "@registry.example.com/net:v1": "",
		"me:" + password + "@registry.example.com/net:v1":       "",
		"oci://registry.example.com/net:v1?token=" + password:   "",
		"": "",
	} {
		a, err := parse(text)
		if want == "" {
			if !errors.Is(err, outcome.ErrUsage) || strings.Contains(err.Error(), password) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, %v", text, a, err)
			}
			continue
		}
		if err != nil || a.String() != want {
			t.Errorf("%s: %s, %v; want %s", text, a, err, want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "localhost:5000": true, "127.0.0.1": true, "127.1.2.3:80": true, "[::1]:5000": true, "[::1]": true,
		"localhost.example.com": false, "10.0.0.1:5000": false, "127.0.0.1.example.com": false, "registry:5000": false, "": false,
	} {
		if loopback(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}
