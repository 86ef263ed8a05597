package proxy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"
)

// ErrScript: the script of the proxy cannot be read, fails, or answers nonsense.
var ErrScript = errors.New("the proxy's script fails")

const (
	// running bounds one call of a script.
	running = 2 * time.Second
	// stack bounds its recursion.
	stack = 500
)

// script is a PAC script, ready to be called. Its functions are those that browsers give it
// (Navigator Proxy Auto-Config, as browsers still document it).
type script struct {
	mu   sync.Mutex
	vm   *goja.Runtime
	find goja.Callable
}

func compile(text string, now func() time.Time) (*script, error) {
	vm := goja.New()
	vm.SetMaxCallStackSize(stack)
	vm.SetTimeSource(now)
	for name, f := range functions(vm, now) {
		if err := vm.Set(name, f); err != nil {
			return nil, fmt.Errorf("preparing the script: %w", err)
		}
	}
	s := &script{vm: vm}
	if err := s.within(func() error { _, err := vm.RunString(text); return err }); err != nil {
		return nil, err
	}
	find, ok := goja.AssertFunction(vm.Get("FindProxyForURL"))
	if !ok {
		return nil, fmt.Errorf("it has no FindProxyForURL: %w", ErrScript)
	}
	s.find = find
	return s, nil
}

// within runs do for a bounded time.
func (s *script) within(do func() error) error {
	timer := time.AfterFunc(running, func() { s.vm.Interrupt("too long") })
	defer s.vm.ClearInterrupt()
	defer timer.Stop()
	if err := do(); err != nil {
		return fmt.Errorf("%w: %w", ErrScript, err)
	}
	return nil
}

// choose asks the script for the proxy of an address; nil for none. What stands after the
// first choice that is understood is not tried.
func (s *script) choose(to *url.URL) (*url.URL, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var answer string
	err := s.within(func() error {
		// A script learns the host alone of what is encrypted, as from browsers.
		v, err := s.find(goja.Undefined(), s.vm.ToValue(to.Scheme+"://"+to.Host+"/"), s.vm.ToValue(to.Hostname()))
		if err == nil && !goja.IsUndefined(v) && !goja.IsNull(v) {
			answer = v.String()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return chosen(answer)
}

// schemes of what a script answers.
var schemes = map[string]string{"PROXY": "http", "HTTP": "http", "HTTPS": "https", "SOCKS": "socks5", "SOCKS5": "socks5"}

func chosen(answer string) (*url.URL, error) {
	if strings.TrimSpace(answer) == "" {
		return nil, nil
	}
	for one := range strings.SplitSeq(answer, ";") {
		words := strings.Fields(one)
		if len(words) == 1 && strings.EqualFold(words[0], "DIRECT") {
			return nil, nil
		}
		if len(words) != 2 {
			continue
		}
		if scheme := schemes[strings.ToUpper(words[0])]; scheme != "" {
			if u, err := url.Parse(scheme + "://" + words[1]); err == nil && u.Host != "" {
				return u, nil
			}
		}
	}
	return nil, fmt.Errorf("it answers %.200q: %w", answer, ErrScript)
}

// resolving bounds one question to the name server.
const resolving = time.Second

func resolve(host string) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.String()
	}
	ctx, stop := context.WithTimeout(context.Background(), resolving)
	defer stop()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", host)
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0].Unmap().String()
}

// mine is this computer's address towards the outside; nothing is sent to learn it.
func mine() string {
	c, err := net.Dial("udp4", "192.0.2.1:9")
	if err != nil {
		return "127.0.0.1"
	}
	defer c.Close()
	if a, ok := c.LocalAddr().(*net.UDPAddr); ok {
		return a.IP.String()
	}
	return "127.0.0.1"
}

func functions(vm *goja.Runtime, now func() time.Time) map[string]any {
	return map[string]any{
		"isPlainHostName": func(host string) bool { return !strings.Contains(host, ".") },
		"dnsDomainIs": func(host, domain string) bool {
			return strings.HasSuffix(strings.ToLower(host), strings.ToLower(domain))
		},
		"localHostOrDomainIs": func(host, full string) bool {
			return host == full || !strings.Contains(host, ".") && strings.HasPrefix(full, host+".")
		},
		"isResolvable": func(host string) bool { return resolve(host) != "" },
		"isInNet": func(host, pattern, mask string) bool {
			a, p, m := net.ParseIP(resolve(host)).To4(), net.ParseIP(pattern).To4(), net.ParseIP(mask).To4()
			return a != nil && p != nil && m != nil && a.Mask(net.IPMask(m)).Equal(p.Mask(net.IPMask(m)))
		},
		"dnsResolve": func(host string) goja.Value {
			if a := resolve(host); a != "" {
				return vm.ToValue(a)
			}
			return goja.Null()
		},
		"myIpAddress":     mine,
		"dnsDomainLevels": func(host string) int { return strings.Count(host, ".") },
		"shExpMatch":      func(text, pattern string) bool { return shell(text, pattern) },
		"alert":           func(goja.Value) {},
		"weekdayRange":    func(c goja.FunctionCall) goja.Value { return vm.ToValue(inDays(now(), words(c))) },
		"dateRange":       func(c goja.FunctionCall) goja.Value { return vm.ToValue(inDates(now(), words(c))) },
		"timeRange":       func(c goja.FunctionCall) goja.Value { return vm.ToValue(inHours(now(), words(c))) },
	}
}

// shell matches a shell pattern; unlike path.Match, a star goes over slashes.
func shell(text, pattern string) bool {
	swap := strings.NewReplacer("/", "\x00")
	ok, err := path.Match(swap.Replace(pattern), swap.Replace(text))
	return err == nil && ok
}

func words(c goja.FunctionCall) []string {
	out := make([]string, len(c.Arguments))
	for i, a := range c.Arguments {
		out[i] = a.String()
	}
	return out
}
