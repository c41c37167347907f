package release_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/release"
	"github.com/acdeploy/acdeploy/release/releasetest"
)

// pythonVariable names a Python that has the package model_signing.
const pythonVariable = "MODEL_SIGNING_PYTHON"

// signingPython is a Python that has it: one that is named, or that of make release-tools.
func signingPython(t *testing.T) string {
	t.Helper()
	program := os.Getenv(pythonVariable)
	if program == "" {
		var err error
		if program, err = filepath.Abs(filepath.Join("..", ".tools", "model-signing-1.1.1", "bin", "python")); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(program, "-c", "import model_signing, OpenSSL").CombinedOutput(); err != nil {
		t.Skipf("no model_signing here; make release-tools installs it, or name a Python that has it with %s: %v %s", pythonVariable, err, out)
	}
	return program
}

// OpenSSF Model Signing signs a release folder. The signature changes nothing of the release; whatever else is added does.
func TestModelSigning(t *testing.T) {
	program := signingPython(t)
	f := releasetest.Folder(t)
	private, public := keys(t)
	signature := filepath.Join(f.Dir, "model.sig")
	signing := func(args ...string) ([]byte, error) {
		return exec.Command(program, append([]string{"-m", "model_signing"}, args...)...).CombinedOutput()
	}
	if out, err := signing("sign", "key", f.Dir, "--signature", signature, "--private_key", private); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	signed, err := release.Open(f.Dir)
	if err != nil || signed.Digest != f.Digest {
		t.Fatal(signed, err)
	}
	for _, c := range release.Verify(signed) {
		if !c.Passed {
			t.Errorf("%+v", c)
		}
	}
	verify := []string{"verify", "key", f.Dir, "--signature", signature, "--public_key", public}
	if out, err := signing(verify...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	write(t, f.Dir, "notes.txt", "")
	if _, err := release.Open(f.Dir); err == nil {
		t.Error("another file is part of the release")
	}
	remove(t, f.Dir, "notes.txt")
	edit(t, f.Dir, release.CardFile, "acdeploy", "another")
	if _, err := signing(verify...); err == nil {
		t.Error("the signature holds for another card")
	}
}

// keys makes a pair of keys for a signature, in files.
func keys(t *testing.T) (private, public string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	open, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})))
	write(t, dir, "public.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open})))
	return filepath.Join(dir, "key.pem"), filepath.Join(dir, "public.pem")
}
