package configs

import (
	"errors"

	"github.com/spf13/viper"
)

// Sources are the places that values come from. Defaults are read first, then the file, the environment and
// the flags; each goes before what was read earlier.
type Sources struct {
	File string // "" for none
	// Flags are the flags of the command line by the key that they set.
	Flags map[string]Flag
}

// Flag is a flag of a command line.
type Flag struct {
	Name  string // without dashes
	Value string // as text, which the configuration reads
	Given bool   // otherwise the value is the default of the flag
}

// bound is a flag as viper reads it.
type bound struct{ Flag }

func (b bound) HasChanged() bool    { return b.Given }
func (b bound) Name() string        { return b.Flag.Name }
func (b bound) ValueString() string { return b.Value }
func (b bound) ValueType() string   { return "string" }

// Read makes one configuration of all sources. Every fault of the file, of a variable or of a flag is told,
// in one error.
func Read(from Sources, known Catalogs) (Config, error) {
	c := Defaults()
	var errs []error
	if from.File != "" {
		read, err := Load(from.File, known)
		if _, wrong := errors.AsType[*Error](err); err != nil && !wrong {
			return c, err
		}
		c, errs = read, append(errs, err)
		c.place(known)
	}
	values, err := bind(from.Flags)
	if err != nil {
		return c, err
	}
	for _, key := range Keys() {
		if values.IsSet(key) {
			errs = append(errs, c.Set(key, values.GetString(key), from.origin(key)))
		}
	}
	return c, errors.Join(append(errs, from.noMargin(c))...)
}

// bind makes a viper that knows the flag and the variable of every key.
func bind(flags map[string]Flag) (*viper.Viper, error) {
	v := viper.New()
	for _, key := range Keys() {
		if err := v.BindEnv(key, Variable(key)); err != nil {
			return nil, err
		}
		if flag, ok := flags[key]; ok {
			if err := v.BindFlagValue(key, bound{flag}); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// origin is what messages call the place of a value that is not of the file.
func (s Sources) origin(key string) string {
	if flag := s.Flags[key]; flag.Given {
		return "--" + flag.Name
	}
	return Variable(key)
}

// noMargin refuses a flag for a margin of zero: in a file, zero is the default and takes that of the bench
// section.
func (s Sources) noMargin(c Config) error {
	const key = "gates.latency.margin"
	if !s.Flags[key].Given || c.Gates.Latency.Margin != 0 {
		return nil
	}
	return Fault{Source: s.origin(key), Message: "margin must lie between 0 and 1 (2 % is 0.02), not 0"}
}
