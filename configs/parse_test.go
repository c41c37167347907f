package configs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

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

// A configuration that Windows PowerShell redirected to a file is UTF-16.
func TestConfigurationsInOtherEncodingsAreRead(t *testing.T) {
	for name, e := range map[string]encoding.Encoding{
		"UTF-16, little end first": unicode.UTF16(unicode.LittleEndian, unicode.UseBOM),
		"UTF-16, big end first":    unicode.UTF16(unicode.BigEndian, unicode.UseBOM),
		"UTF-8 with a mark":        unicode.UTF8BOM,
		"UTF-8":                    encoding.Nop,
	} {
		text, err := e.NewEncoder().Bytes([]byte("# é\r\nmodel: é.onnx\r\n"))
		if err != nil {
			t.Fatal(err)
		}
		c, err := configs.Parse("x.yaml", text, known())
		if err != nil || c.Model != "é.onnx" || c.Origin("model") != "x.yaml:2:8" {
			t.Errorf("%s: %v, model %q at %s", name, err, c.Model, c.Origin("model"))
		}
	}
	unmarked, err := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder().Bytes([]byte("model: x.onnx\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := configs.Parse("x.yaml", unmarked, known()); err == nil || !strings.Contains(err.Error(), "save it as UTF-8") {
		t.Errorf("without a mark: %v", err)
	}
	cut, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte("model: x.onnx\n" + strings.Repeat("#\n", 20<<10)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := configs.Parse("x.yaml", cut, known()); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("a long one: %v", err)
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
