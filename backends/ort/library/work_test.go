package library

import (
	"testing"
)

func TestInstallTheVersionAskedFor(t *testing.T) {
	first, second := wheel(t), wheel(t, entry{name: "second", data: []byte("2")})
	a, b := pinned(KindWheel, wheelFile, first), pinned(KindWheel, "second.whl", second)
	b.Package = "onnxruntime==9.9.8"
	s := storeOf(t, a, b)
	tools(t, map[string]string{"pip": fakePip("24.0", write(t, "second.whl", second))})
	if got := mustInstall(t, s, Options{Version: "9.9.8"}); got.Version != "9.9.8" {
		t.Errorf("installed %+v", got)
	}
	if plan, err := s.Install(t.Context(), Options{DryRun: true}); err != nil || plan.Version != "9.9.9" || plan.Already {
		t.Errorf("the plan for the pinned version is %+v, %v", plan, err)
	}
	_, err := s.Install(t.Context(), Options{Version: "1.2.3"})
	wantError(t, err, "onnxruntime 1.2.3 (cpu) is not pinned for linux/amd64; known are 9.9.9, 9.9.8; to use a library of your own, name it with --ort-lib")
	// A file is what it is, unless the version is asked for as well.
	b.Members = []Member{{Path: "onnxruntime/capi/libonnxruntime.so.8", Size: 3, SHA256: digestOf([]byte("old"))}}
	s = storeOf(t, a, b)
	old := write(t, "old.so", []byte("old"))
	if plan, err := s.Install(t.Context(), Options{From: old, DryRun: true}); err != nil || plan.Version != "9.9.8" {
		t.Errorf("the plan is %+v, %v", plan, err)
	}
	_, err = s.Install(t.Context(), Options{From: old, Version: "9.9.9"})
	wantError(t, err, "old.so holds none of the pinned libraries for linux/amd64: 9.9.9 libonnxruntime.so.9.9.9;")
}
