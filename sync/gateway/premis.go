package gateway

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
)

// PREMIS 3 is how version 5 describes a folder, there and back.
const premisSpace = "http://www.loc.gov/premis/v3"

// The properties of a folder and of a file that version 5 names.
const (
	propertyType    = "i_Parapheur_reserved_type"
	propertySubtype = "i_Parapheur_reserved_subtype"
	propertyDue     = "i_Parapheur_reserved_dueDate"
	propertyMain    = "i_Parapheur_reserved_mainDocument"
)

// premis is the description of a folder that arrives.
type premis struct {
	XMLName xml.Name
	Objects []premisObject `xml:"object"`
}

type premisObject struct {
	Type       string `xml:"type,attr"`
	Properties []struct {
		Name  string `xml:"significantPropertiesType"`
		Value string `xml:"significantPropertiesValue"`
	} `xml:"significantProperties"`
	Name string `xml:"originalName"`
}

func (o premisObject) is(kind string) bool {
	return o.Type == kind || strings.HasSuffix(o.Type, ":"+kind)
}

func (o premisObject) property(name string) string {
	for _, p := range o.Properties {
		if strings.TrimSpace(p.Name) == name {
			return strings.TrimSpace(p.Value)
		}
	}
	return ""
}

// readPremis reads a description. Error: errMalformed.
func readPremis(raw []byte) (*premis, error) {
	from := xml.NewDecoder(bytes.NewReader(raw))
	from.CharsetReader = charset
	d := xml.NewTokenDecoder(&bounded{from: from})
	var p premis
	if err := d.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		return nil, broken(err)
	}
	if p.XMLName.Local != "premis" {
		return nil, fmt.Errorf("%w: the folder's description is no PREMIS file", errMalformed)
	}
	return &p, nil
}

// deposit is the folder described, with its files; those of which nothing is said are annexes.
// Errors: a refusal.
func (p *premis) deposit(types []parapheur.FolderType, files []File) (d Deposit, err error) {
	var of premisObject
	mains := map[string]bool{}
	var order []string
	for _, o := range p.Objects {
		switch name := fileName(o.Name, ""); {
		case o.is("intellectualEntity"):
			of = o
		case o.is("file") && name != "":
			order = append(order, name)
			mains[name] = strings.EqualFold(o.property(propertyMain), "true")
		}
	}
	kind, known := typeOf(types, of.property(propertyType), of.property(propertySubtype))
	if !known {
		return d, &rule.Refusal{Why: fmt.Sprintf("Le type « %s / %s » n’existe pas.", word(of.property(propertyType)), word(of.property(propertySubtype))), Cure: "Choisissez-en un parmi ceux qui sont offerts."}
	}
	d = Deposit{Type: kind, Title: word(of.Name)}
	if due := of.property(propertyDue); due != "" {
		if d.Deadline, err = authority.ParseDay(due[:min(len(due), 10)]); err != nil {
			return d, &rule.Refusal{Why: "La date limite « " + word(due) + " » n’en est pas une.", Cure: "Écrivez-la sous la forme AAAA-MM-JJ."}
		}
	}
	any := false
	for i := range files {
		files[i].Annex = !mains[files[i].Name]
		any = any || !files[i].Annex
	}
	if len(files) == 0 || len(files) > maxFiles {
		return d, &rule.Refusal{Why: fmt.Sprintf("Un dossier compte de 1 à %d documents ; celui-ci en a %d.", maxFiles, len(files)), Cure: "Corrigez l’envoi."}
	}
	if !any {
		files[0].Annex = false
	}
	place := func(f File) int {
		if i := slices.Index(order, f.Name); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(files, func(a, b File) int { return place(a) - place(b) })
	d.Files = files
	if d.Title == "" {
		d.Title = strings.TrimSuffix(files[0].Name, path.Ext(files[0].Name))
	}
	return d, nil
}

// actions are version 5's names of what is done in a folder.
var actions = map[string]string{
	parapheur.KindImported: "CREATE", parapheur.KindSent: "START", parapheur.KindApproved: "VISA", parapheur.KindSigned: "SIGNATURE", parapheur.KindRefused: "REJECT",
	parapheur.KindReturned: "UNDO", parapheur.KindTakenBack: "UNDO", parapheur.KindReassigned: "TRANSFER", parapheur.KindWithdrawn: "REJECT", parapheur.KindAdded: "UPDATE", parapheur.KindRaised: "UPDATE",
}

// describe writes the description of a folder: what it holds, and all that was done.
func describe(f *parapheur.Folder, types []parapheur.FolderType, t parapheur.Town) []byte {
	var out bytes.Buffer
	raw := func(text string) { out.WriteString(text) }
	element := func(name, text string) {
		raw("<" + name + ">")
		_ = xml.EscapeText(&out, []byte(text)) // a buffer takes all
		raw("</" + name + ">")
	}
	identifier := func(of, kind, value string) {
		raw("<" + of + ">")
		element(of+"Type", kind)
		element(of+"Value", value)
		raw("</" + of + ">")
	}
	property := func(name, value string) { identifier("significantProperties", name, value) }
	kind, sub := typeNames(types, f)
	raw(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<premis xmlns="` + premisSpace + `" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="3.0">` + "\n" + `<object xsi:type="intellectualEntity">`)
	identifier("objectIdentifier", "folderId", f.External)
	property(propertyType, kind)
	property(propertySubtype, sub)
	if f.Deadline != "" {
		property(propertyDue, string(f.Deadline))
	}
	element("originalName", f.Title)
	raw("</object>\n")
	for _, d := range f.Documents {
		level := "mainDocument"
		if d.Annex {
			level = "annex"
		}
		raw(`<object xsi:type="file">`)
		identifier("objectIdentifier", "documentId", d.Original.String())
		raw("<preservationLevel>")
		element("preservationLevelValue", level)
		raw("</preservationLevel>")
		property(propertyMain, strconv.FormatBool(!d.Annex))
		raw("<objectCharacteristics><fixity>")
		element("messageDigestAlgorithm", "SHA-256")
		element("messageDigest", strings.ToUpper(d.Digest.String()))
		raw("</fixity>")
		element("size", strconv.FormatInt(d.Size, 10))
		raw("<format><formatDesignation>")
		element("formatName", typeOfFile(d.Name))
		raw("</formatDesignation></format></objectCharacteristics>")
		element("originalName", fileName(d.Name, "document"))
		raw("</object>\n")
	}
	agents := map[string]bool{}
	var order []string
	for i, e := range f.History {
		action := actions[e.Kind]
		if action == "SIGNATURE" && stepKind(f, e.Step) == parapheur.Seal {
			action = "SEAL"
		}
		raw("<event>")
		identifier("eventIdentifier", "taskId", f.ID+"-"+strconv.Itoa(i+1))
		element("eventType", action)
		element("eventDateTime", stamp(e.At))
		if e.Note != "" {
			raw("<eventDetailInformation>")
			element("eventDetail", e.Note)
			raw("</eventDetailInformation>")
		}
		raw("<linkingAgentIdentifier>")
		element("linkingAgentIdentifierType", "userId")
		element("linkingAgentIdentifierValue", e.Person)
		if e.Capacity != "" {
			element("linkingAgentRole", e.Capacity)
		}
		raw("</linkingAgentIdentifier></event>\n")
		if !agents[e.Person] {
			agents[e.Person], order = true, append(order, e.Person)
		}
	}
	for _, person := range order {
		raw("<agent>")
		identifier("agentIdentifier", "userId", person)
		element("agentName", t.Name(person))
		raw("</agent>\n")
	}
	raw("</premis>\n")
	return out.Bytes()
}
