package backends

// Threaded is a [Backend] whose options may say how many threads an operator has.
type Threaded interface {
	// OwnThreads is that number; 0 where the options leave it to the caller.
	OwnThreads() int
}

// OwnThreads is how many threads of an operator a backend's own options ask for; 0 for none. See [Threaded].
func OwnThreads(b Backend) int {
	if t, ok := b.(Threaded); ok {
		return t.OwnThreads()
	}
	return 0
}
