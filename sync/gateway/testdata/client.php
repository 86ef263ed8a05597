<?php
// A business software in PHP: what it does with the contract and its own SOAP client.
[$self, $url, $password, $pdf] = $argv;
$client = new SoapClient($url . '?wsdl', ['login' => 'ws', 'password' => $password, 'exceptions' => true, 'cache_wsdl' => WSDL_CACHE_NONE]);
function say($what, $value) { echo $what, '=', $value, "\n"; }
say('echo', $client->echo('bonjour'));
say('types', implode('|', (array) $client->GetListeTypes(null)->TypeTechnique));
say('sous-types', implode('|', (array) $client->GetListeSousTypes('Marchés')->SousType));
$content = file_get_contents($pdf);
$made = $client->CreerDossier([
    'TypeTechnique' => 'Marchés', 'SousType' => 'Lettres de rejet', 'DossierID' => 'PHP-1', 'DossierTitre' => 'Lettre venue de PHP',
    'DocumentPrincipal' => ['_' => $content, 'contentType' => 'application/pdf'], 'NomDocPrincipal' => 'lettre.pdf',
    'DocumentsAnnexes' => ['DocAnnexe' => [['nom' => 'annexe.txt', 'fichier' => ['_' => 'une annexe', 'contentType' => 'text/plain'], 'mimetype' => 'text/plain', 'encoding' => 'UTF-8']]],
    'AnnotationPublique' => 'Merci', 'AnnotationPrivee' => null, 'Visibilite' => 'CONFIDENTIEL', 'DateLimite' => '2030-01-15',
]);
say('créé', $made->MessageRetour->codeRetour . ' ' . $made->DossierID);
$dossier = $client->GetDossier('PHP-1');
say('document', $dossier->MessageRetour->codeRetour . ' ' . ($dossier->DocPrincipal->_ === $content ? 'le même' : 'un autre') . ' ' . $dossier->NomDocPrincipal);
$annexes = $dossier->DocumentsAnnexes->DocAnnexe;
say('annexe', (is_array($annexes) ? $annexes[0] : $annexes)->fichier->_);
$lines = $client->GetHistoDossier('PHP-1')->LogDossier;
say('état', end($lines)->status);
$found = $client->RechercherDossiers(['TypeTechnique' => 'Marchés'])->LogDossier;
say('trouvé', (is_array($found) ? $found[0] : $found)->nom);
say('inconnu', $client->GetDossier('AUTRE')->MessageRetour->codeRetour);
try {
    (new SoapClient($url . '?wsdl', ['login' => 'ws', 'password' => 'faux', 'cache_wsdl' => WSDL_CACHE_NONE]))->echo('x');
    say('faux', 'accepté');
} catch (SoapFault $e) {
    say('faux', 'refusé');
}
