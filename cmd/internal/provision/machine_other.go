//go:build !windows

package provision

func sources() []source {
	return []source{readJSON("/etc/airial/policy.json"), readJSON("/etc/airial/airial.json")}
}
