package library

import (
	"testing"
)

func TestListAndRemove(t *testing.T) {
	w, n := wheel(t), npm(t)
	s := storeOf(t, pinned(KindWheel, wheelFile, w), pinned(KindNPM, npmFile, n))
	if all, err := s.List(); err != nil || len(all) != 0 {
		t.Errorf("an empty store lists %v, %v", all, err)
	}
	if gone, err := s.Remove(t.Context(), "", ""); err != nil || len(gone) != 0 {
		t.Errorf("an empty store removes %v, %v", gone, err)
	}
	mustInstall(t, s, Options{From: write(t, "a", w)})
	mustInstall(t, s, Options{From: write(t, "b", n), Version: "9.9.8"})
	all, err := s.List()
	if err != nil || len(all) != 2 || all[0].Version != "9.9.8" || all[1].Version != "9.9.9" || all[0].Fault != "" || all[0].Licence != "MIT" {
		t.Fatalf("listed %+v, %v", all, err)
	}
	if gone, err := s.Remove(t.Context(), "9.9.8", ""); err != nil || len(gone) != 1 {
		t.Errorf("removed %+v, %v", gone, err)
	}
	if gone, err := s.Remove(t.Context(), "", "cuda"); err != nil || len(gone) != 0 {
		t.Errorf("removed %+v, %v", gone, err)
	}
	if gone, err := s.Remove(t.Context(), "", ""); err != nil || len(gone) != 1 || gone[0].Version != "9.9.9" {
		t.Errorf("removed %+v, %v", gone, err)
	}
	if files := left(t, s.Dir); len(files) > 0 {
		t.Errorf("it left %v", files)
	}
}
