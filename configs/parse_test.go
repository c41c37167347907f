package configs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/configs"
)

func TestAFileThatCannotBeReadIsAFaultOfTheConfiguration(t *testing.T) {
	for path, want := range map[string]string{"testdata/absent.yaml": "no such file or directory", "testdata": "is a directory"} {
		_, err := configs.Load(path, known())
		var bad *configs.Error
		if !errors.As(err, &bad) || err.Error() != path+": read configuration: "+want {
			t.Errorf("got %v", err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"*.yaml", "testdata/errors/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, path := range files {
			text, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := configs.Parse("fuzz.yaml", text, known())
		if err == nil && c.Model == "" {
			err = c.Set("model", "fuzz.onnx", "test")
		}
		if err != nil {
			if strings.TrimSpace(err.Error()) == "" {
				t.Error("an error without words")
			}
			return
		}
		written, err := c.YAML()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := configs.Parse("again.yaml", written, known()); err != nil {
			t.Errorf("what was read cannot be read again: %v\n%s", err, written)
		}
	})
}

func TestCostlyTextIsRefusedQuickly(t *testing.T) {
	for name, unit := range map[string]string{
		"lists": "[", "mappings": "{", "entries": "- ", "keys": "? ", "aliases": "*a ", "mixed": "{[",
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Repeat(unit, (64<<10)/len(unit))
			if _, err := configs.Parse("bomb.yaml", []byte(text), known()); err == nil {
				t.Error("accepted")
			}
			if _, err := configs.Parse("bomb.yaml", []byte(text+" "+text), known()); err == nil {
				t.Error("accepted at twice the size")
			}
		})
	}
}

// TestReliability11NoRegularFile refuses what may have no end, such as a pipe and a device.
func TestReliability11NoRegularFile(t *testing.T) {
	if _, err := os.Stat(os.DevNull); err != nil {
		t.Skipf("there is no device: %v", err)
	}
	if _, err := configs.Load(os.DevNull, known()); err == nil || !strings.Contains(err.Error(), "it is not a regular file") {
		t.Errorf("got %v", err)
	}
}
