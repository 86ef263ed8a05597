package gateway

import (
	"bufio"
	"encoding/base64"
	"encoding/xml"
	"io"
	"time"
)

// answer writes an envelope, element by element: documents are large.
type answer struct {
	w   *bufio.Writer
	err error
}

func newAnswer(w io.Writer, operation string) *answer {
	a := &answer{w: bufio.NewWriterSize(w, 64<<10)}
	a.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<S:Envelope xmlns:S="` + soap11 + `"><S:Body><` + operation + `Response xmlns="` + service + `" xmlns:xmime="http://www.w3.org/2005/05/xmlmime">`)
	return a
}

func (a *answer) raw(text string) {
	if a.err == nil {
		_, a.err = a.w.WriteString(text)
	}
}

func (a *answer) escaped(text string) {
	if a.err == nil {
		a.err = xml.EscapeText(a.w, []byte(text))
	}
}

func (a *answer) element(name, text string) {
	a.raw("<" + name + ">")
	a.escaped(text)
	a.raw("</" + name + ">")
}

// document writes one in base64.
func (a *answer) document(name, contentType string, content []byte) {
	a.raw("<" + name + ` xmime:contentType="` + contentType + `">`)
	if a.err == nil {
		to := base64.NewEncoder(base64.StdEncoding, a.w)
		if _, a.err = to.Write(content); a.err == nil {
			a.err = to.Close()
		}
	}
	a.raw("</" + name + ">")
}

// verdict is the MessageRetour: OK, or KO with what is wrong.
func (a *answer) verdict(code, message string) {
	severity := "INFO"
	if code != codeOK {
		severity = "ERROR"
	}
	a.raw("<MessageRetour>")
	a.element("codeRetour", code)
	a.element("message", message)
	a.element("severite", severity)
	a.raw("</MessageRetour>")
}

func (a *answer) end(operation string) error {
	a.raw("</" + operation + "Response></S:Body></S:Envelope>\n")
	if a.err == nil {
		a.err = a.w.Flush()
	}
	return a.err
}

// The codes of a verdict.
const (
	codeOK = "OK"
	codeKO = "KO"
)

// stamp is a time as the service writes it.
func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z07:00") }

// fault is the answer to what is no request.
func fault(w io.Writer, who, text string) error {
	a := &answer{w: bufio.NewWriter(w)}
	a.raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<S:Envelope xmlns:S="` + soap11 + `"><S:Body><S:Fault><faultcode>S:` + who + `</faultcode>`)
	a.element("faultstring", text)
	a.raw("</S:Fault></S:Body></S:Envelope>\n")
	if a.err == nil {
		a.err = a.w.Flush()
	}
	return a.err
}
