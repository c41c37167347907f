package reports_test

import (
	"path/filepath"
	"testing"

	"github.com/acdeploy/acdeploy/reports"
)

func TestLockIsHeldByOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	unlock, err := reports.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reports.Lock(dir); err == nil {
		t.Error("locked twice")
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := reports.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}
