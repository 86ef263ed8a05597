// Package cog holds the official geographic code: the communes with their article, SIREN and population, and the EPCI with
// their members. It answers without network and is only read.
//
// # Source
//
// Insee, code officiel géographique and populations de référence; DGCL, list of the EPCI with their own taxation; all as
// gathered by the package «@etalab/decoupage-administratif», version 6.0.0 (year 2026), data under the Licence Ouverte.
// packaging/dev/communes writes the tables anew.
//
// A line of communes.csv: code; name with its article; TNCC; kind (empty for a commune, D delegated, A associated, M
// municipal arrondissement); SIREN; population municipale; commune that it belongs to. A line of epci.csv: SIREN; name;
// kind; codes of its communes.
package cog
