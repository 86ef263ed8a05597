"""A business software in Python, by the contract and zeep."""
import sys

from requests import Session
from requests.auth import HTTPBasicAuth
from zeep import Client
from zeep.transports import Transport

url, password, pdf = sys.argv[1:]
session = Session()
session.auth = HTTPBasicAuth("ws", password)
service = Client(url + "?wsdl", transport=Transport(session=session)).service
content = open(pdf, "rb").read()
print("echo=" + service.echo("bonjour"))
print("types=" + "|".join(service.GetListeTypes(None)))
made = service.CreerDossier(TypeTechnique="Airial", SousType="Circuit habituel", DossierID="ZEEP-1", DossierTitre="Lettre venue de Python",
                            DocumentPrincipal={"_value_1": content, "contentType": "application/pdf"}, NomDocPrincipal="lettre.pdf")
print("créé=" + made.MessageRetour.codeRetour + " " + made.DossierID)
folder = service.GetDossier("ZEEP-1")
print("document=" + folder.MessageRetour.codeRetour + " " + ("le même" if folder.DocPrincipal._value_1 == content else "un autre"))
print("état=" + service.GetHistoDossier("ZEEP-1").LogDossier[-1].status)
