package mlflow

import (
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/internal/outcome"
)

// Who asks, by the variables. A user with a password comes before a token.
func TestCredentials(t *testing.T) {
	const at = "MLFLOW_TRACKING_URI=https://mlflow.example.org/prefix/"
	for name, c := range map[string]struct {
		environment []string
		want        string
	}{
		"nobody":          {[]string{at}, ""},
		"token":           {[]string{at, "MLFLOW_TRACKING_TOKEN=abcd"}, "Bearer abcd"},
		"user":            {[]string{at, "MLFLOW_TRACKING_USERNAME=u", "MLFLOW_TRACKING_PASSWORD=p"}, "Basic dTpw"},
		"both":            {[]string{at, "MLFLOW_TRACKING_USERNAME=u", "MLFLOW_TRACKING_PASSWORD=p", "MLFLOW_TRACKING_TOKEN=abcd"}, "Basic dTpw"},
		"half_a_user":     {[]string{at, "MLFLOW_TRACKING_USERNAME=u", "MLFLOW_TRACKING_TOKEN=abcd"}, "Bearer abcd"},
		"in_the_address":  {[]string{"MLFLOW_TRACKING_URI=https://u:p@mlflow.example.org/prefix"}, "Basic dTpw"},
		"address_and_env": {[]string{"MLFLOW_TRACKING_URI=https://x:y@mlflow.example.org/prefix", "MLFLOW_TRACKING_TOKEN=abcd"}, "Bearer abcd"},
	} {
		t.Run(name, func(t *testing.T) {
			s := settingsOf(t, c.environment...)
			if got := s.authorization(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if got, want := newClient(s).api("/x"), "https://mlflow.example.org/prefix/api/2.0/x"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

// What is wrong with a variable is told in one line, without its secrets, as a mistake of the user.
func TestBadSettings(t *testing.T) {
	const at = "MLFLOW_TRACKING_URI=https://mlflow.example.org"
	none := filepath.Join(t.TempDir(), "none.pem")
	if err := os.WriteFile(none, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		environment []string
		want        string
	}{
		"no_address":  {nil, "MLFLOW_TRACKING_URI is not set"},
		"databricks":  {[]string{"MLFLOW_TRACKING_URI=databricks"}, "is no address of a tracking server"},
		"file":        {[]string{"MLFLOW_TRACKING_URI=file:///tmp/mlruns"}, "is no address of a tracking server"},
		"password":    {[]string{"MLFLOW_TRACKING_URI=https://me:" + secret + "%@host"}, "special characters of a password are escaped"},
		"timeout":     {[]string{at, "MLFLOW_HTTP_REQUEST_TIMEOUT=soon"}, `MLFLOW_HTTP_REQUEST_TIMEOUT is "soon"`},
		"retries":     {[]string{at, "MLFLOW_HTTP_REQUEST_MAX_RETRIES=1000"}, "a number from 0 to 10"},
		"both_tls":    {[]string{at, "MLFLOW_TRACKING_INSECURE_TLS=true", "MLFLOW_TRACKING_SERVER_CERT_PATH=" + none}, "exclude each other"},
		"no_file":     {[]string{at, "MLFLOW_TRACKING_SERVER_CERT_PATH=/absent.pem"}, "/absent.pem: no such file"},
		"no_pem":      {[]string{at, "MLFLOW_TRACKING_SERVER_CERT_PATH=" + none}, "there is no certificate in PEM form in it"},
		"no_key_pair": {[]string{at, "MLFLOW_TRACKING_CLIENT_CERT_PATH=" + none}, "it holds no certificate with its key"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := FromEnvironment(getenv(c.environment...))
			if err == nil || !errors.Is(err, outcome.ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), secret) {
				t.Errorf("%q", err)
			}
		})
	}
}

// A server with a certificate of its own is trusted where the variables say so, and only there.
func TestTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("{}")) }))
	defer server.Close()
	server.Config.ErrorLog = nil
	cert := filepath.Join(t.TempDir(), "server.pem")
	if err := os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(more ...string) error {
		return newClient(settingsOf(t, append(more, "MLFLOW_TRACKING_URI="+server.URL, "MLFLOW_HTTP_REQUEST_MAX_RETRIES=0")...)).get(t.Context(), "ask", "/x", nil, nil)
	}
	if err := ask(); err == nil || !strings.Contains(err.Error(), "MLFLOW_TRACKING_SERVER_CERT_PATH names whom to trust") {
		t.Errorf("got %v", err)
	}
	for _, v := range []string{"MLFLOW_TRACKING_INSECURE_TLS=true", "MLFLOW_TRACKING_SERVER_CERT_PATH=" + cert} {
		if err := ask(v); err != nil {
			t.Errorf("%s: %v", v, err)
		}
	}
}

// What a server repeats of a secret is hidden, in every form in which it may come.
func TestPublic(t *testing.T) {
	s := settingsOf(t, "MLFLOW_TRACKING_URI=http://host", "MLFLOW_TRACKING_USERNAME=me", "MLFLOW_TRACKING_PASSWORD="+secret+"/%")
	for _, text := range []string{"no such password: " + secret + "/%", "Basic " + s.basic(), "hunter2-hunter2%2F%25"} {
		if got := s.public(text + "\n and more"); strings.Contains(got, "hunter2") || strings.Contains(got, s.basic()) || strings.Contains(got, "\n") {
			t.Errorf("%q becomes %q", text, got)
		}
	}
}
