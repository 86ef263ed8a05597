// Package door is what stands before the desk: the passphrase of a computer
// without a keyring, the joining of a computer to its authority, and who works
// there.
//
//	        Airial
//	Rattacher cet ordinateur
//	[Adresse du serveur        ]
//	[Code d'enrôlement         ]
//	[Nom de cet ordinateur     ]
//	(Essayer…)     (Rattacher)
//
// Each screen is a form that is answered once; who shows it decides what is next,
// and shows it again with the trouble there was.
package door
