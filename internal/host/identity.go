package host

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"strings"

	"github.com/shirou/gopsutil/v4/host"
)

// identitySalt makes the identity one that only reports of acdeploy have.
const identitySalt = "acdeploy"

// identity tells this machine from others, or is "" where the system has no identifier of its own. The identifier itself is
// secret and cannot be had from it: it is long and random, and salted before it is hashed.
func identity(ctx context.Context, root string) string {
	for _, name := range []string{"etc/machine-id", "var/lib/dbus/machine-id"} {
		if id := readText(root, name); isMachineID(id) {
			return salted(id)
		}
	}
	if runtime.GOOS == "linux" { // elsewhere the registry or the firmware has one; here the library would take that of the boot
		return ""
	}
	id, err := host.HostIDWithContext(ctx)
	if err != nil || id == "" {
		return ""
	}
	return salted(id)
}

// isMachineID reports whether a text is one: 32 hexadecimal digits, not all zero. The image of a system that was not started
// yet has another word in the file, or nothing.
func isMachineID(text string) bool {
	raw, err := hex.DecodeString(text)
	return err == nil && len(raw) == 16 && strings.Trim(text, "0") != ""
}

func salted(id string) string {
	h := hmac.New(sha256.New, []byte(identitySalt))
	h.Write([]byte(strings.ToLower(id)))
	return hex.EncodeToString(h.Sum(nil)[:16])
}
