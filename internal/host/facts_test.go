package host

import (
	"reflect"
	"slices"
	"testing"
)

// passing are the fields that change from moment to moment, or that are listed elsewhere: the libraries with the engines.
func passing() []string {
	return []string{
		"Load", "Libraries", "GPUNote", "Memory.Free", "Memory.SwapUsed", "Frequency.CurrentKHz", "GPUs.Index",
		"GPUs.MemoryUsed", "GPUs.SMClockMHz", "GPUs.MemoryClockMHz", "GPUs.TemperatureC", "GPUs.PowerMilliwatts", "GPUs.PerformanceState",
		"GPUs.Persistence", "GPUs.ClockEventReasons", "GPUs.ComputeProcesses",
	}
}

// TestMachineTellsEveryFact changes each fact that is recorded, one at a time: the lists must differ then, or the fact is one that
// passes.
func TestMachineTellsEveryFact(t *testing.T) {
	fresh := func() Facts { return Facts{GPUs: []GPU{{}}} }
	list := func(f Facts) []Fact { return slices.Concat(f.Machine(), f.Process.Program()) }
	tried := 0
	var change func(path string, field func(*Facts) reflect.Value)
	change = func(path string, field func(*Facts) reflect.Value) {
		if slices.Contains(passing(), path) {
			return
		}
		f := fresh()
		v := field(&f)
		if v.Kind() == reflect.Struct {
			for i := range v.NumField() {
				name := v.Type().Field(i).Name
				if path != "" {
					name = path + "." + name
				}
				change(name, func(f *Facts) reflect.Value { return field(f).Field(i) })
			}
			return
		}
		if v.Type() == reflect.TypeFor[[]GPU]() {
			change(path, func(f *Facts) reflect.Value { return field(f).Index(0) })
			return
		}
		switch v.Kind() {
		case reflect.String:
			v.SetString("x")
		case reflect.Int:
			v.SetInt(1)
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Pointer:
			n := int64(1 << 40)
			v.Set(reflect.ValueOf(&n))
		case reflect.Slice:
			v.Set(reflect.ValueOf([]string{"x"}))
		case reflect.Map:
			v.Set(reflect.ValueOf(map[string]string{"OMP_NUM_THREADS": "1"}))
		default:
			t.Fatalf("%s is a %s", path, v.Kind())
		}
		tried++
		if slices.Equal(list(f), list(fresh())) {
			t.Errorf("two machines that differ in %s are told apart by nothing", path)
		}
	}
	change("", func(f *Facts) reflect.Value { return reflect.ValueOf(f).Elem() })
	if tried < 50 {
		t.Errorf("%d facts were tried", tried)
	}
}

// What a kernel keeps for itself does not make another machine.
func TestMemoryIsComparedInSteps(t *testing.T) {
	of := func(n int64) string { return amount(&n) }
	if of(8<<30) != of(8<<30-300_000) || of(8<<30) == of(16<<30) || amount(nil) != "" {
		t.Errorf("%s, %s and %s", of(8<<30), of(8<<30-300_000), of(16<<30))
	}
}
