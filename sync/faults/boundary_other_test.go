//go:build !linux || !amd64

package faults_test

import "errors"

func giveWatch(string) error { return errors.New("calls are watched on Linux alone") }
