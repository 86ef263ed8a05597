// Package administration is the agency's page: authorities, their computers,
// codes, revocation, what is handed out, and the log of what administrators did.
//
// It is made of plain HTML without a script, at an address of its own. People
// enter by a local account (a password, Argon2id; a one-time code, RFC 6238, each
// of which serves once) or by an OpenID provider (OpenID Connect Core 1.0, with
// state, nonce and PKCE), whose verified addresses are listed in the settings. A
// session is a sealed cookie of twenty minutes, renewed while one works; an account
// that is disabled is out at once. Each form carries a token of its session, and
// requests of other sites are refused. Each act is a line of the audit log, written
// before the act is done.
//
//	┌ Airial · administration ─ Collectivités  Distribution  Journal  Administrateurs ─ nom [Quitter] ┐
//	│ Collectivités                                   [ chercher      ]                               │
//	│ SIREN      Nom            Ordinateurs  Dernier échange   Éléments  Documents                    │
//	└─────────────────────────────────────────────────────────────────────────────────────────────────┘
package administration
