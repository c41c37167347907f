package ort

import (
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy/backends"
)

func TestTuned(t *testing.T) {
	second := 1
	for name, test := range map[string]struct {
		of     *ORT
		tuning backends.Tuning
		want   func(*ORT) bool
	}{
		"nothing":      {on("cuda", nil), backends.Tuning{}, func(o *ORT) bool { return o.Provider == "cuda" && o.Threads == 0 }},
		"library":      {New(), backends.Tuning{Library: "/a.so"}, func(o *ORT) bool { return o.named == "/a.so" }},
		"fallback":     {New(), backends.Tuning{Fallback: "/a.so"}, func(o *ORT) bool { return o.Library == "/a.so" && o.named == "" }},
		"no_fallback":  {on("cpu", func(o *ORT) { o.Library = "/b.so" }), backends.Tuning{Fallback: "/a.so"}, func(o *ORT) bool { return o.Library == "/b.so" }},
		"provider":     {New(), backends.Tuning{Provider: "cuda"}, func(o *ORT) bool { return o.Provider == "cuda" }},
		"device":       {on("cuda", nil), backends.Tuning{Device: &second}, func(o *ORT) bool { return o.Device == 1 }},
		"threads":      {New(), backends.Tuning{Threads: 3}, func(o *ORT) bool { return o.Threads == 3 }},
		"optimization": {New(), backends.Tuning{Optimization: backends.Unoptimized}, func(o *ORT) bool { return o.Optimization == "disabled" }},
		"tf32":         {on("cuda", nil), backends.Tuning{Precision: "tf32"}, func(o *ORT) bool { return o.TF32 }},
		"fp32":         {on("cuda", func(o *ORT) { o.TF32 = true }), backends.Tuning{Precision: "fp32"}, func(o *ORT) bool { return !o.TF32 }},
		"fp16":         {on("tensorrt", nil), backends.Tuning{Precision: "fp16"}, func(o *ORT) bool { return o.Precision == "fp16" }},
		"idle":         {New(), backends.Tuning{YieldIdle: true}, func(o *ORT) bool { return o.Session[stopSpinning] == "1" }},
		"idle_as_the_user_says": {
			&ORT{Provider: "cpu", Threads: 1, Optimization: "all", GPU: defaultGPU(), Session: map[string]string{stopSpinning: "0"}},
			backends.Tuning{YieldIdle: true},
			func(o *ORT) bool { return o.Session[stopSpinning] == "0" },
		},
	} {
		before := test.of.Describe()
		tuned, err := test.of.Tuned(test.tuning)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !test.want(tuned.(*ORT)) {
			t.Errorf("%s: %+v", name, tuned)
		}
		if test.of.Describe() != before {
			t.Errorf("%s: the backend itself was changed", name)
		}
	}
}

func TestTunedRefuses(t *testing.T) {
	for want, tuning := range map[string]backends.Tuning{
		`provider "cuba" is not known, did you mean "cuda"?`: {Provider: "cuba"},
		"precision is an option of provider tensorrt":        {Precision: "fp16"},
		"tf32 is an option of the providers":                 {Precision: "tf32"},
		"threads is -1":                                      {Threads: -1},
		`optimization "most" is not known`:                   {Optimization: "most"},
	} {
		if _, err := New().Tuned(tuning); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", tuning, err, want)
		}
	}
}
