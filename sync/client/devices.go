package client

import (
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// DevicesIn is Devices inside a transaction.
func DevicesIn(tx *store.Tx) ([]protocol.Device, error) { return devicesOf(tx) }
