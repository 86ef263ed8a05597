// cabinet writes a cabinet anew, compressed by LZX, which takes a fifth less than what wixl knows (MSZIP):
//
//	cabinet IN.cab OUT.cab
//
// Files, their names, dates and order stay. The same cabinet gives the same bytes.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "cabinet IN.cab OUT.cab")
		os.Exit(2)
	}
	if err := rewrite(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "cabinet:", err)
		os.Exit(1)
	}
}

func rewrite(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("reading the cabinet: %w", err)
	}
	c, err := parse(content)
	if err != nil {
		return fmt.Errorf("reading %s: %w", from, err)
	}
	out, err := c.lzx()
	if err != nil {
		return fmt.Errorf("compressing: %w", err)
	}
	if err := os.WriteFile(to, out, 0o644); err != nil {
		return fmt.Errorf("writing the cabinet: %w", err)
	}
	return nil
}
