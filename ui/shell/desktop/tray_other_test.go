//go:build !windows

package desktop

import (
	"bufio"
	"bytes"
	"image"
	"image/png"
	"os/exec"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"
)

// panel is what takes icons on a desktop.
type panel struct{ came chan string }

func (p *panel) RegisterStatusNotifierItem(path string, sender dbus.Sender) *dbus.Error {
	p.came <- string(sender)
	return nil
}

// Where no panel takes icons there is none, and nothing is started to ask. On a desktop that has one, the icon tells the state, its
// menu does what it says, and it goes with the program.
func TestTrayIcon(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if ShowTray("Airial", Trayed{}, TrayItem{"Ouvrir", func() {}}) != nil {
		t.Fatal("there is an icon without a desktop")
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", sessionBus(t))
	if ShowTray("Airial", Trayed{}, TrayItem{"Ouvrir", func() {}}) != nil {
		t.Fatal("there is an icon without a panel")
	}
	desk, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer desk.Close()
	p := &panel{came: make(chan string, 4)}
	if err := desk.Export(p, "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher"); err != nil {
		t.Fatal(err)
	}
	if _, err := desk.RequestName("org.kde.StatusNotifierWatcher", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	done := make(chan string, 4)
	does := func(what string) TrayItem { return TrayItem{what, func() { done <- what }} }
	tray := ShowTray("Airial", Trayed{Picture: square(t), Sentence: "À jour"}, does("Ouvrir"), does("Synchroniser"), does("Quitter"))
	if tray == nil {
		t.Fatal("there is no icon")
	}
	owner := <-p.came
	item, menu := desk.Object(owner, "/StatusNotifierItem"), desk.Object(owner, "/StatusNotifierItem/menu")

	tray.Tell(Trayed{Picture: square(t), Sentence: "3 éléments à envoyer"})
	tip, err := item.GetProperty("org.kde.StatusNotifierItem.ToolTip")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(tip.String(), "3 éléments à envoyer") {
		t.Errorf("the icon says %s", tip)
	}
	lines := menuLines(t, menu)
	if len(lines) != 5 || lines[0].label != "3 éléments à envoyer" {
		t.Fatalf("the menu has %v", lines)
	}
	for _, line := range lines[2:] {
		if err := menu.Call("com.canonical.dbusmenu.Event", 0, line.id, "clicked", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
			t.Fatal(err)
		}
		if what := <-done; what != line.label {
			t.Errorf("«%s» does «%s»", line.label, what)
		}
	}
	if err := item.Call("org.kde.StatusNotifierItem.Activate", 0, int32(0), int32(0)).Err; err != nil {
		t.Fatal(err)
	}
	if what := <-done; what != "Ouvrir" {
		t.Errorf("a click does «%s»", what)
	}
	tray.End()
}

type menuLine struct {
	id    int32
	label string
}

// menuLines are the lines of the menu, separators included.
func menuLines(t *testing.T, menu dbus.BusObject) (lines []menuLine) {
	t.Helper()
	var revision uint32
	var root struct {
		ID         int32
		Properties map[string]dbus.Variant
		Children   []dbus.Variant
	}
	if err := menu.Call("com.canonical.dbusmenu.GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		t.Fatal(err)
	}
	for _, child := range root.Children {
		parts := child.Value().([]any)
		label, _ := parts[1].(map[string]dbus.Variant)["label"].Value().(string)
		lines = append(lines, menuLine{parts[0].(int32), label})
	}
	return lines
}

func square(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewNRGBA(image.Rect(0, 0, TraySide, TraySide))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sessionBus starts a bus of its own and gives its address.
func sessionBus(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("dbus-daemon is not installed")
	}
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address")
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = daemon.Process.Kill(); _ = daemon.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(address)
}
