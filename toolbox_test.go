package acdeploy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/acdeploy/acdeploy"
	"github.com/acdeploy/acdeploy/configs"
	"github.com/acdeploy/acdeploy/pipeline"
)

func names(steps []pipeline.Step) string {
	var list []string
	for _, s := range steps {
		list = append(list, s.Name)
	}
	return strings.Join(list, " ")
}

// Without a list of passes the whole catalog runs in its order, but for what is disabled.
func TestDefaultSteps(t *testing.T) {
	passes := toolbox().Passes
	steps, err := acdeploy.DefaultSteps(passes, []string{"fold_pad"})
	if err != nil || len(steps) != len(passes.Default())-1 || strings.Contains(names(steps), "fold_pad") {
		t.Errorf("%s, %v", names(steps), err)
	}
	if steps[0].Name != passes[0].Name {
		t.Errorf("%s is the first step", steps[0].Name)
	}
	_, err = acdeploy.DefaultSteps(passes, []string{"fold_batchnom"})
	if !errors.Is(err, acdeploy.ErrUsage) || !strings.Contains(err.Error(), `did you mean "fold_batchnorm"`) {
		t.Errorf("an unknown pass: %v", err)
	}
}

// A list of passes runs as it is given, again without what is disabled.
func TestSteps(t *testing.T) {
	cfg := configs.Defaults()
	cfg.Passes = []configs.Component{configs.Named("remove_unused"), configs.Named("fold_pad"), configs.Named("fold_batchnorm")}
	cfg.Disable = []string{"fold_pad"}
	steps, err := toolbox().Steps(cfg)
	if err != nil || names(steps) != "remove_unused fold_batchnorm" {
		t.Errorf("%s, %v", names(steps), err)
	}
	cfg.Passes = []configs.Component{configs.Named("fold_everything")}
	if _, err := toolbox().Steps(cfg); !errors.Is(err, acdeploy.ErrUsage) {
		t.Errorf("an unknown pass: %v", err)
	}
}

// A pass that a configuration has to list runs where it does, and not by default.
func TestListedPasses(t *testing.T) {
	all := toolbox().Passes
	all[0].Listed = true
	steps, err := acdeploy.DefaultSteps(all, nil)
	if err != nil || len(steps) != len(all.Default()) || strings.Contains(names(steps), all[0].Name) {
		t.Errorf("%s, %v", names(steps), err)
	}
	cfg := configs.Defaults()
	cfg.Passes = []configs.Component{configs.Named(all[0].Name)}
	if steps, err := (acdeploy.Toolbox{Passes: all}).Steps(cfg); err != nil || names(steps) != all[0].Name {
		t.Errorf("%s, %v", names(steps), err)
	}
}

// What is enabled runs after the others, unless it is disabled, and only once.
func TestEnabledPasses(t *testing.T) {
	tools := toolbox()
	tools.Passes[0].Listed = true
	name := tools.Passes[0].Name
	cfg := configs.Defaults()
	cfg.Enable = []configs.Component{configs.Named(name)}
	steps, err := tools.Steps(cfg)
	if err != nil || len(steps) != len(tools.Passes.Default())+1 || steps[len(steps)-1].Name != name {
		t.Errorf("after the default ones: %s, %v", names(steps), err)
	}
	cfg.Passes = []configs.Component{configs.Named("fold_pad")}
	if steps, err = tools.Steps(cfg); err != nil || names(steps) != "fold_pad "+name {
		t.Errorf("after a list: %s, %v", names(steps), err)
	}
	cfg.Disable = []string{name}
	if steps, err = tools.Steps(cfg); err != nil || names(steps) != "fold_pad" {
		t.Errorf("disabled: %s, %v", names(steps), err)
	}
	cfg.Disable, cfg.Enable = nil, []configs.Component{configs.Named("fold_pad")}
	if _, err = tools.Steps(cfg); !errors.Is(err, acdeploy.ErrUsage) || !strings.Contains(err.Error(), "fold_pad is enabled, and runs without that") {
		t.Errorf("twice: %v", err)
	}
}
