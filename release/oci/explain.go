package oci

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/acdeploy/acdeploy/internal/human"
)

// transient reports whether the same attempt may end otherwise a moment later: the connection failed, or the registry was busy.
func transient(err error) bool {
	if answer, ok := errors.AsType[*errcode.ErrorResponse](err); ok {
		return busy(answer.StatusCode)
	}
	for _, final := range []error{
		context.Canceled, errPage, errPlain, errOther, errdef.ErrNotFound, errdef.ErrInvalidReference,
		auth.ErrBasicCredentialNotFound,
	} {
		if errors.Is(err, final) {
			return false
		}
	}
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, disk := errors.AsType[*os.PathError](err)
	unknown, lookup := errors.AsType[*net.DNSError](err)
	return !certificate && !record && !disk && !(lookup && unknown.IsNotFound) && !plainServer(err)
}

// busy reports whether a code says that the registry cannot answer now.
func busy(code int) bool {
	return code >= 500 && code != http.StatusNotImplemented || code == http.StatusTooManyRequests || code == http.StatusRequestTimeout
}

// broken reports whether an upload or a download has to begin again: it cannot be asked for as other requests are, which were
// repeated when they failed.
func broken(err error) bool {
	sends := func(method, path string) bool {
		return strings.EqualFold(method, http.MethodPut) && !strings.Contains(path, "/manifests/")
	}
	if answer, ok := errors.AsType[*errcode.ErrorResponse](err); ok {
		return sends(answer.Method, answer.URL.Path) && transient(err)
	}
	if request, ok := errors.AsType[*url.Error](err); ok {
		return sends(request.Op, request.URL) && transient(err)
	}
	return transient(err)
}

// plainServer reports whether a server answered in plain HTTP to TLS.
func plainServer(err error) bool {
	return strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// explain says in one line what a registry did, with what can be done. There is no secret in it.
func (c *client) explain(doing string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return &trouble{fmt.Sprintf("%s %s: %s", doing, c.address, c.reason(err)), err}
}

// trouble is an error that reads as what it means.
type trouble struct {
	text string
	err  error
}

func (t *trouble) Error() string { return t.text }
func (t *trouble) Unwrap() error { return t.err }

func (c *client) reason(err error) string {
	if answer, ok := errors.AsType[*errcode.ErrorResponse](err); ok {
		return c.answered(answer)
	}
	switch {
	case errors.Is(err, auth.ErrBasicCredentialNotFound):
		return c.Reference.Registry + " asks who we are, and Docker's configuration has nothing for it: " + c.login()
	case errors.Is(err, errPage):
		return c.Reference.Registry + " " + errPage.Error()
	case errors.Is(err, errPlain):
		return c.Reference.Registry + " " + errPlain.Error()
	case plainServer(err):
		return c.Reference.Registry + " speaks plain HTTP, which anybody on the way can read and change; --plain-http allows it"
	case strings.HasSuffix(err.Error(), "mismatch Content-Length"): // as oras says it
		return c.Reference.Registry + " answers with another length than a file of the release has: a proxy may stand in between"
	case errors.Is(err, errdef.ErrNotFound):
		return "there is no such release in the registry"
	}
	if at, ok := errors.AsType[*url.Error](err); ok {
		err = at.Err // the address may have a signature in it
	}
	return human.Clip(human.Printable(c.secrets.hide(human.WithoutSecrets(err.Error()))), 200)
}

// answered says what an answer means that is not the one asked for.
func (c *client) answered(answer *errcode.ErrorResponse) string {
	who := c.Reference.Registry
	if answer.URL != nil && answer.URL.Host != "" {
		who = answer.URL.Host
	}
	said := fmt.Sprintf("%s answers %d %s", who, answer.StatusCode, cmp.Or(http.StatusText(answer.StatusCode), "(which is no known code)"))
	if len(answer.Errors) > 0 {
		first := answer.Errors[0]
		if text := strings.TrimSpace(cmp.Or(first.Message, first.Code)); text != "" {
			said += fmt.Sprintf(" (%s)", human.Clip(human.Printable(c.secrets.hide(human.WithoutSecrets(text))), 100))
		}
	}
	switch code := answer.StatusCode; {
	case code == http.StatusUnauthorized:
		return said + ": " + c.login()
	case code == http.StatusForbidden:
		return said + ": the account that Docker's configuration has for it may not do that, or there is no such repository"
	case code == http.StatusNotFound:
		return said + ": the registry has no such repository or release"
	case code == http.StatusTooManyRequests, code >= 500:
		return said + fmt.Sprintf(", %d times; try again later", attempts)
	}
	return said
}

func (c *client) login() string { return "docker login " + c.Reference.Registry + " changes that" }
