package mlflow

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/acdeploy/acdeploy/internal/human"
	"github.com/acdeploy/acdeploy/internal/osfile"
	"github.com/acdeploy/acdeploy/internal/outcome"
)

// Settings say which server, who asks, and how patiently.
type Settings struct {
	base       *url.URL // a prefix, to which the paths of the API are added; it has no user and no password
	experiment string   // its name
	run        string   // the identifier of a run to continue; "" for one of our own
	timeout    time.Duration
	retries    int // of a request that failed for a while
	tls        *tls.Config
	// Sleep waits; nil for the clock.
	Sleep func(context.Context, time.Duration) error

	who            string // where the credentials come from, in words; "" for none
	user, password string
	token          string
}

// The defaults are those of MLflow's own client, apart from the tries: it waits for minutes.
const (
	defaultExperiment = "Default"
	defaultTimeout    = 120 * time.Second
	defaultRetries    = 5
)

// FromEnvironment reads the variables of MLflow's own clients. An error matches [outcome.ErrUsage].
func FromEnvironment(getenv func(string) string) (Settings, error) {
	s := Settings{
		experiment: cmp.Or(getenv("MLFLOW_EXPERIMENT_NAME"), defaultExperiment),
		run:        getenv("MLFLOW_RUN_ID"), timeout: defaultTimeout, retries: defaultRetries,
	}
	if err := s.readAddress(getenv("MLFLOW_TRACKING_URI")); err != nil {
		return s, err
	}
	s.readCredentials(getenv)
	if err := s.readTLS(getenv); err != nil {
		return s, err
	}
	if text := getenv("MLFLOW_HTTP_REQUEST_TIMEOUT"); text != "" {
		seconds, err := strconv.ParseFloat(text, 64)
		if err != nil || !(seconds > 0 && seconds <= 86400) {
			return s, outcome.Usagef("MLFLOW_HTTP_REQUEST_TIMEOUT is %q; it is a number of seconds", text)
		}
		s.timeout = time.Duration(seconds * float64(time.Second))
	}
	if text := getenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 10 {
			return s, outcome.Usagef("MLFLOW_HTTP_REQUEST_MAX_RETRIES is %q; it is a number from 0 to 10", text)
		}
		s.retries = n
	}
	return s, nil
}

// readAddress reads the address of the server. It is never printed: it may hold a password.
func (s *Settings) readAddress(text string) error {
	if text == "" {
		return outcome.Usagef("MLFLOW_TRACKING_URI is not set; it is the address of the tracking server, such as https://mlflow.example.org")
	}
	base, err := url.Parse(strings.TrimSpace(text))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return outcome.Usagef("MLFLOW_TRACKING_URI is no address of a tracking server; it begins with http:// or https://, and special characters of a password are escaped")
	}
	if base.User != nil {
		s.user, s.who = base.User.Username(), "the user and password in MLFLOW_TRACKING_URI"
		s.password, _ = base.User.Password()
	}
	base.User, base.RawQuery, base.Fragment = nil, "", ""
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), strings.TrimRight(base.RawPath, "/")
	s.base = base
	return nil
}

// readCredentials reads who asks. A user with a password comes before a token, as in MLflow's client for Python.
func (s *Settings) readCredentials(getenv func(string) string) {
	user, password, token := getenv("MLFLOW_TRACKING_USERNAME"), getenv("MLFLOW_TRACKING_PASSWORD"), getenv("MLFLOW_TRACKING_TOKEN")
	switch {
	case user != "" && password != "":
		s.user, s.password, s.who = user, password, "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
	case token != "":
		s.user, s.password, s.token, s.who = "", "", token, "MLFLOW_TRACKING_TOKEN"
	}
}

// readTLS reads whom to trust.
func (s *Settings) readTLS(getenv func(string) string) error {
	insecure, server, client := getenv("MLFLOW_TRACKING_INSECURE_TLS"), getenv("MLFLOW_TRACKING_SERVER_CERT_PATH"), getenv("MLFLOW_TRACKING_CLIENT_CERT_PATH")
	s.tls = &tls.Config{MinVersion: tls.VersionTLS12}
	if insecure == "1" || strings.EqualFold(insecure, "true") {
		if server != "" {
			return outcome.Usagef("MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH exclude each other; set one of them")
		}
		s.tls.InsecureSkipVerify = true // as the user asks for
	}
	if server != "" {
		pem, err := os.ReadFile(server)
		if err != nil {
			return outcome.Usagef("read MLFLOW_TRACKING_SERVER_CERT_PATH %s: %w", server, osfile.Cause(err))
		}
		s.tls.RootCAs = x509.NewCertPool()
		if !s.tls.RootCAs.AppendCertsFromPEM(pem) {
			return outcome.Usagef("read MLFLOW_TRACKING_SERVER_CERT_PATH %s: there is no certificate in PEM form in it", server)
		}
	}
	if client != "" {
		pair, err := tls.LoadX509KeyPair(client, client)
		if err != nil {
			return outcome.Usagef("read MLFLOW_TRACKING_CLIENT_CERT_PATH %s: it holds no certificate with its key: %w", client, osfile.Cause(err))
		}
		s.tls.Certificates = []tls.Certificate{pair}
	}
	return nil
}

// authorization is the value of the header that says who asks; "" for nobody.
func (s Settings) authorization() string {
	switch {
	case s.token != "":
		return "Bearer " + s.token
	case s.user != "" || s.password != "":
		return "Basic " + s.basic()
	}
	return ""
}

func (s Settings) basic() string {
	return base64.StdEncoding.EncodeToString([]byte(s.user + ":" + s.password))
}

// secretLeast is how short a secret may be to be looked for in what a server says: a shorter one would be found in ordinary words.
const secretLeast = 4

// public is a text without secrets, on one line. A server may repeat what it was sent.
func (s Settings) public(text string) string {
	for _, secret := range []string{s.password, s.token, s.basic(), url.QueryEscape(s.password), url.PathEscape(s.password)} {
		if len(secret) >= secretLeast {
			text = strings.ReplaceAll(text, secret, "***")
		}
	}
	return human.Printable(strings.Join(strings.Fields(text), " "))
}
