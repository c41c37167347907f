package oci

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"

	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote/errcode"
)

// TestTransient says which failures are worth another try, and which of them oras did not repeat itself.
func TestTransient(t *testing.T) {
	answer := func(method, path string, code int) error {
		return &errcode.ErrorResponse{Method: method, URL: &url.URL{Path: path}, StatusCode: code}
	}
	request := func(op string, err error) error {
		return &url.Error{Op: op, URL: "https://registry.invalid/v2/", Err: err}
	}
	for i, c := range []struct {
		err               error
		transient, broken bool
	}{
		{answer("PUT", "/v2/net/blobs/uploads/1", 503), true, true},
		{answer("PUT", "/v2/net/manifests/v1", 503), true, false},
		{answer("GET", "/v2/net/blobs/sha256:1", 429), true, false},
		{answer("PUT", "/v2/net/blobs/uploads/1", 400), false, false},
		{answer("PUT", "/v2/net/blobs/uploads/1", 501), false, false},
		{answer("GET", "/v2/", 404), false, false},
		{io.ErrUnexpectedEOF, true, true},
		{syscall.ECONNRESET, true, true},
		{request("Put", syscall.EPIPE), true, true},
		{request("Get", syscall.ECONNREFUSED), true, false},
		{request("Get", &net.DNSError{IsNotFound: true}), false, false},
		{request("Put", &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), false, false},
		{request("Put", errors.New("http: server gave HTTP response to HTTPS client")), false, false},
		{request("Put", errPage), false, false},
		{fmt.Errorf("x: %w", errdef.ErrNotFound), false, false},
		{context.Canceled, false, false},
		{&os.PathError{Op: "write", Err: syscall.ENOSPC}, false, false},
	} {
		if transient(c.err) != c.transient || broken(c.err) != c.broken {
			t.Errorf("%d: %v: transient %v, broken %v", i, c.err, !c.transient, !c.broken)
		}
	}
}

// TestUnreachable names a registry that is not there.
func TestUnreachable(t *testing.T) {
	host := free(t)
	_, err := bring(t, host+"/net:v1")
	oneLine(t, err, "fetch oci://"+host+"/net:v1: ", "connection refused")
	_, err = try(t.Context(), folder(t), host+"/net:v1", Artifact)
	oneLine(t, err, "publish to oci://"+host+"/net:v1: ", "connection refused")
}

// TestReason says in words what the network did.
func TestReason(t *testing.T) {
	a, err := parse("registry.invalid/net:v1")
	if err != nil {
		t.Fatal(err)
	}
	c, err := connect(a, false, quick)
	if err != nil {
		t.Fatal(err)
	}
	c.secrets.note(password)
	for _, try := range []struct {
		err  error
		want string
	}{
		{&url.Error{Op: "Get", Err: errors.New("http: server gave HTTP response to HTTPS client")}, "--plain-http"},
		{&url.Error{Op: "Get", URL: "https://s.invalid/?x=" + password, Err: errors.New("EOF")}, "v1: EOF"},
		{&url.Error{Op: "Get", Err: errPlain}, "plain HTTP"},
		{&errcode.ErrorResponse{StatusCode: 799, URL: &url.URL{}}, "799 (which is no known code), 5 times"},
		{&errcode.ErrorResponse{StatusCode: http.StatusForbidden, Errors: errcode.Errors{{Message: "a\n" + password}}}, "***"},
		{errors.New("helper: " + password), "helper: ***"},
	} {
		oneLine(t, c.explain("fetch", try.err), "fetch oci://registry.invalid/net:v1: ", try.want)
	}
	if err := c.explain("fetch", context.Canceled); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
