//go:build tools

// Package gvisor names what is built from gVisor's Go module.
package gvisor

import (
	_ "gvisor.dev/gvisor/runsc"
	_ "gvisor.dev/gvisor/shim"
)
