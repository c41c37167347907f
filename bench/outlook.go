package bench

import (
	"fmt"
	"time"

	"github.com/acdeploy/acdeploy/internal/stats"
)

// long is how long a measurement is meant to take for its plan to be told first.
const long = time.Minute

// outlook says what is going to be measured and about how long that takes; "" where it is soon over.
func (j Job) outlook(settings int) string {
	takes := time.Duration(settings*len(j.Candidates)) * j.Options.Duration
	if takes <= long {
		return ""
	}
	of := "1 setting"
	if settings != 1 {
		of = fmt.Sprintf("%d settings", settings)
	}
	text := fmt.Sprintf("the plan: %d arms, %s, %d units each: about %s", len(j.arms()), of, j.Options.Units, takes)
	if looks := j.Options.Looks(); len(looks) > 1 {
		text += fmt.Sprintf(", at most %s", takes*time.Duration(looks[len(looks)-1]/looks[0]))
	}
	return text
}

// late says, after the first unit of a setting, that its duration cannot be met, and what would fit; "" where it can.
func (o Options) late(candidates int, unit time.Duration) string {
	const step, tolerance = 5 * time.Second, 1.2
	asked := o.Duration * time.Duration(candidates)
	takes := unit * time.Duration(o.Units)
	if float64(takes) <= tolerance*float64(asked) {
		return ""
	}
	text := fmt.Sprintf("the duration of %s cannot be met: the first unit took %s, %d of them take about %s", asked, unit.Round(time.Millisecond), o.Units, takes.Round(time.Second))
	if fit := int(asked / unit); fit >= stats.MinUnits {
		text += fmt.Sprintf("; --units %d would fit", fit)
	} else if least := unit * stats.MinUnits; o.Units > stats.MinUnits {
		text += fmt.Sprintf("; the %d units that a verdict needs take about %s", stats.MinUnits, least.Round(time.Second))
	}
	return text + fmt.Sprintf("; what is asked for needs --duration %s", (takes/time.Duration(candidates)+step-1).Truncate(step))
}

// lookAhead tells what follows from the time of the first unit of the setting.
func (m *measurement) lookAhead(unit time.Duration) {
	if m.ahead {
		return
	}
	m.ahead = true
	if text := m.job.Options.late(len(m.job.Candidates), unit); text != "" {
		m.Warn(m.condition.stage() + ": " + text)
	}
}
