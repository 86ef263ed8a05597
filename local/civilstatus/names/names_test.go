package names_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"alpi40.fr/airial/local/civilstatus/names"
)

// The examples of the article's own tables.
func TestSoundOfTheArticle(t *testing.T) {
	const table = `BEAULAC BOLAK BAULAC BOLAK IMBEAULT INBO DUFAUT DUFO THIBOUTOT TIBOUTOT DEVAUX DEVO RONDEAUX RONDO BOURGAULX BOURGO PINCHAUD PINCHO
		PEDNAULD PEDNO MAZENOD MASENOD ARNOLD ARNOL BERTOLD BERTOL BELLAY BELE SANDAY SENDE GAY GAI FAYARD FAYAR LEMIEUX LEMIEU LHEUREUX LEUREU
		BELLEY BELE WELLEY WELE MEYER MEYER BOILY BOILI LOYSEAU LOISO MAYRAND MAIREN GUYON GUYON FAILLARD FAYAR FAIARD FAYAR MEIER MEYER MEILLER MEYER
		GUILLON GUYON LAVILLE LAVILLE COUET CWET EDOUARD EDWAR GIROUARD JIRWAR BOUILLE BOUYE LEMEE LEME ABRAAM ABRAM ARCHEMBAULT ARCHENBO
		AMTHIME ENTIME ROMPRE RONPRE BOMSECOURS BONSECOURS BOULANGER BOULENJER TANCREDE TENKREDE BLAIN BLIN BLAINVILLE BLINVILLE MAINARD MAINAR
		RAIMOND RAIMON BLACKBORN BLAKBURN SEABOURNE SEABURN IMBO INBO RIMFRET RINFRET LEFEBVRE LEFEVRE MACE MASSE MACON MACON MARCELIN MARSELIN
		MARCEAU MARSO VINCELETTE VINSELETE FORCADE FORCADE CELINE SELINE CERAPHIN SERAFIN CAMILLE KAMILLE CAYETTE KAYETE CARINE KARINE LUC LUK
		LEBLANC LEBLEN VICTOR VIKTOR LACCOULINE LAKOULINE MACCIMILIEN MAXIMILIEN MAGELLA MAJELA GINETTE JINETE GANDET GANDET GEORGES JORJES
		GEOFFROID JOFROID PAGEAU PAJO GAGNION GAGNON MIGNIER MIGNER HALLEY ALE GAUTHIER GOTIER CHARTIER CHARTIER JEANNE JANE MACGREGOR MACGREGOR
		MACKAY MACKE MCNICOL MACNICOL MCNEIL MACNEIL PHANEUF FANEUF PHILIPPE FILIPE QUENNEVILLE KENEVILLE LAROCQUE LAROKE SCIPION SIPION
		ASCELIN ASSELIN VASCO VASKO PASCALINE PASKALINE ESHEMBACK ECHENBAK ASHED ACHED GRATIA GRASSIA PATRITIA PATRISSIA BERTIO BERTIO MATIEU MATIEU
		BERTIAUME BERTIOME MUNROW MUNRO BRANISLAW BRANISLA LOWMEN LOMEN ANDREW ENDREW EXCEL EXEL EXCERINE EXERINE EXSILDA EXILDA EXZELDA EXELDA
		CAZEAU KASO BRAZEAU BRASO FITZPATRICK FITSPATRIK SINGELAIS ST-JELAIS CINQMARS ST-MARS SAINT-AMAND ST-AMEN SAINTECROIX STE-KROIX
		ST-HILAIRE ST-ILAIRE STE-CROIX STE-KROIX LAVALLEE LAVALE CORINNE KORINE DUTILE DUTILLE`
	words := strings.Fields(table)
	for i := 0; i < len(words); i += 2 {
		if got := names.Sound(words[i]); got != words[i+1] {
			t.Errorf("%s: %s, want %s", words[i], got, words[i+1])
		}
	}
}

func TestWritingsThatSoundAlike(t *testing.T) {
	for _, same := range [][]string{
		{"Dupont", "Dupond", "DUPON"}, {"Durand", "Durant"}, {"Lafitte", "Laffitte", "Lafite"}, {"Thibault", "Thibaud", "Tibaut"},
		{"Rousseau", "Rousseaux", "Roussault"}, {"Lefèvre", "Lefebvre"}, {"Gauthier", "Gautier"}, {"Cœur", "Coeur"}, {"Saint-Martin", "StMartin"},
	} {
		for _, other := range same[1:] {
			if a, b := names.Sound(same[0]), names.Sound(other); a != b {
				t.Errorf("%s %s, %s %s", same[0], a, other, b)
			}
		}
	}
}

func TestOf(t *testing.T) {
	for text, words := range map[string]string{
		"d’Artagnan": "d artagnan dartagnan", "d'Artagnan": "d artagnan dartagnan", "d`Artagnan": "d artagnan dartagnan", "d´Artagnan": "d artagnan dartagnan",
		"d‘Artagnan": "d artagnan dartagnan", "dʼArtagnan": "d artagnan dartagnan", "d′Artagnan": "d artagnan dartagnan",
		"de La Tour": "de la tour delatour latour", "Dupont-Martin": "dupont martin dupontmartin", "Œillet": "oeillet", "Le Goffÿ Élise": "le goffy legoffy elise",
		"": "", "–": "",
	} {
		if got := strings.Join(names.Of(text).Words, " "); got != words {
			t.Errorf("%q: %q, want %q", text, got, words)
		}
	}
	if n := names.Of("Dupond"); !slices.Equal(n.Sounds, []string{"dupon"}) {
		t.Errorf("sounds %v", n.Sounds)
	}
}

func TestTerms(t *testing.T) {
	got := names.Terms("de la Tour Élise 12")
	if len(got) != 3 || got[0].Joined != "delatour" || !slices.Equal(got[0].Words, []string{"de", "la", "tour"}) || got[1].Words[0] != "elise" || len(got[2].Sounds) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestKey(t *testing.T) {
	if a, b := names.Key("D'ARTAGNAN-ŒIL"), names.Key("d’Artagnan Oeil"); a != b || a != "dartagnanoeil" {
		t.Error(a, b)
	}
}

func FuzzOf(f *testing.F) {
	f.Add("d’Artagnan-Œil")
	f.Add("MC\xff#G#")
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range names.Of(text).Words {
			if w == "" || !utf8.ValidString(w) {
				t.Errorf("%q gives %q", text, w)
			}
		}
		names.Terms(text)
	})
}
