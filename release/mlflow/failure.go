package mlflow

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/human"
)

// errSilent is why a request ended on which nothing came or went for too long.
var errSilent = errors.New("the server is silent")

// MLflow's words for errors that we can do something about.
const (
	codeAbsent = "RESOURCE_DOES_NOT_EXIST"
	codeExists = "RESOURCE_ALREADY_EXISTS"
)

// failure is an answer that is no success, or none at all. Its text holds no secret.
type failure struct {
	what   string        // was asked for
	status int           // of HTTP; 0 where no answer came
	code   string        // MLflow's word for it; "" where it was not MLflow that answered
	text   string        // what happened, and what to do
	after  time.Duration // which the server asks to wait
	tries  int           // that were made; 0 where one was enough to know
	// unsent is set where the request certainly did not reach the server.
	unsent bool
	cause  error
}

func (f *failure) Error() string {
	text := f.what + ": " + f.text
	if f.tries > 1 {
		text += fmt.Sprintf(", %s", human.Count(f.tries, "time"))
	}
	if f.after > longestWait {
		text += fmt.Sprintf("; it asks to come back in %v", f.after.Round(time.Second))
	}
	return text
}

func (f *failure) Unwrap() error { return f.cause }

// is reports whether an error is MLflow's of that code.
func is(err error, code string) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && f.code == code
}

// answers reports whether an error is an answer of one of these statuses.
func answers(err error, status ...int) bool {
	f, ok := errors.AsType[*failure](err)
	return ok && slices.Contains(status, f.status)
}

// passes reports whether it may go better in a while. What must not be done twice is not tried again when it may have been done.
func (f *failure) passes(once bool) bool {
	switch f.status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return !once
	case 0:
		return f.cause != nil && (f.unsent || !once)
	}
	return false
}

// refused is the failure of an answer.
func (c *client) refused(r request, answer *http.Response, text []byte) error {
	f := &failure{what: r.what, status: answer.StatusCode, after: waitOf(answer.Header)}
	var told struct {
		Code    string `json:"error_code"`
		Message string `json:"message"`
	}
	said := ""
	if json.Unmarshal(text, &told) == nil && !r.signed {
		f.code, said = told.Code, human.Clip(c.settings.public(told.Message), 200)
	}
	f.text = c.refusal(r, f, answer, text)
	if said != "" {
		f.text += ": " + said
	}
	return f
}

// refusal says what a status means here, and what to do.
func (c *client) refusal(r request, f *failure, answer *http.Response, text []byte) string {
	status := fmt.Sprintf(" (%d)", f.status)
	switch f.status {
	case http.StatusUnauthorized:
		if c.settings.who == "" {
			return "the server wants to know who asks" + status + "; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN" + skew(answer.Header)
		}
		return "the server does not accept " + c.settings.who + status + skew(answer.Header)
	case http.StatusForbidden:
		return "the server does not allow it" + status + skew(answer.Header)
	case http.StatusRequestEntityTooLarge:
		return "it is too large for the server, or for a proxy before it" + status + "; raise the limit there"
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return "the server is busy" + status
	case http.StatusNotFound:
		if f.code == "" && !r.signed {
			return "there is no tracking server" + status + "; check the path in MLFLOW_TRACKING_URI"
		}
	}
	switch {
	case f.status < 400:
		return fmt.Sprintf("the server points to %s%s; set MLFLOW_TRACKING_URI to it if it is yours: nothing was sent there", target(answer), status)
	case f.status >= 500:
		return "the server failed" + status
	case isPage(text):
		return "a web page came instead of an answer" + status + "; check MLFLOW_TRACKING_URI, and what stands before the server"
	}
	return "the server refuses it" + status
}

// target is where an answer points to, without what may be secret in it.
func target(answer *http.Response) string {
	to, err := answer.Location()
	if err != nil {
		return "somewhere else"
	}
	return to.Scheme + "://" + to.Host
}

// skewMost is how far two clocks may be apart before tokens suffer.
const skewMost = 5 * time.Minute

// skew tells of a clock that is wrong, since tokens have a time.
func skew(h http.Header) string {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return ""
	}
	if off := time.Since(at); off.Abs() > skewMost {
		return fmt.Sprintf("; the clock of this machine is %v off the server's", off.Abs().Round(time.Minute))
	}
	return ""
}

// unreadable is the failure of an answer that is not MLflow's.
func (c *client) unreadable(r request, text []byte) error {
	if isPage(text) {
		return &failure{what: r.what, text: "a web page came instead of an answer; check MLFLOW_TRACKING_URI, and what stands before the server"}
	}
	return &failure{what: r.what, text: "the answer is not one of MLflow; check MLFLOW_TRACKING_URI"}
}

func isPage(text []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) }

// unanswered is the failure of a request to which nothing came, or half an answer.
func (c *client) unanswered(ctx context.Context, r request, err error) error {
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errSilent) {
		return context.Cause(ctx)
	}
	if at, ok := errors.AsType[*fs.PathError](err); ok { // our own file
		return fmt.Errorf("%s: %w", r.what, at)
	}
	f := &failure{what: r.what, cause: err}
	dial, dialled := errors.AsType[*net.OpError](err)
	f.unsent = dialled && dial.Op == "dial"
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	invalid, wrong := errors.AsType[x509.CertificateInvalidError](err)
	_, other := errors.AsType[x509.HostnameError](err)
	switch {
	case errors.Is(context.Cause(ctx), errSilent):
		f.text = fmt.Sprintf("the server was silent for %v", c.settings.timeout)
	case unknown:
		f.cause, f.text = nil, "the server's certificate is of nobody known; MLFLOW_TRACKING_SERVER_CERT_PATH names whom to trust"
	case wrong && invalid.Reason == x509.Expired:
		f.cause, f.text = nil, "the server's certificate is not valid now; it has expired, or the clock of this machine is wrong"
	case wrong || other:
		f.cause, f.text = nil, "the server's certificate is not for this server"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), strings.Contains(err.Error(), "connection reset"), strings.Contains(err.Error(), "broken pipe"):
		f.text = "the connection was lost"
	case f.unsent:
		f.text = "the server cannot be reached: " + c.settings.public(dial.Err.Error())
	default:
		f.text = "no answer: " + c.settings.public(withoutAddress(err).Error())
	}
	return f
}

// withoutAddress is an error without the address, which may be secret, that the standard library puts before it.
func withoutAddress(err error) error {
	if at, ok := errors.AsType[*url.Error](err); ok {
		return at.Err
	}
	return err
}
