// Package provision is what was decided for this computer before anybody opened Airial on it: by group policy, by the
// properties of the MSI or the file of the Linux package, or by a provisioning file that ALPI signed.
//
// Three sources, the strongest first; each value is taken from the first that says it:
//
//	policy     Windows: HKLM\Software\Policies\ALPI\Airial (airial.admx)   elsewhere: /etc/airial/policy.json
//	installer  Windows: HKLM\Software\ALPI\Airial (properties of the MSI)  elsewhere: /etc/airial/airial.json
//	file       *.airial, signed with minisign by ALPI, opened by a person or by «airialctl provision»
//
// The first two can be written by who administers the computer alone, which is their authority. The file comes from a
// mail or a key: it counts for nothing unless its signature is ALPI's (Key) and its day has not passed.
//
// The values, as names of the registry and as JSON:
//
//	Server        server       address of the server, https://…
//	Certificate   certificate  a certificate of the server (PEM), for one that no known authority vouches for
//	Authority     authority    SIREN of the authority that this computer may join, and no other
//	EnrolCode     code         code that joins it; it serves once, and the server ends it
//	Proxy         proxy        address of the proxy, http://host:port, without a password
//	UpdateRing    updateRing   «pilote» or «général»; «aucune»: the administrator installs the versions
package provision
