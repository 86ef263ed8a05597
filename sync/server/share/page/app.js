// The recipients' page. Nothing of a name, a content or a key leaves this page in the clear; see the package's words.
import { Decrypter, Encrypter } from "/l/page/age.js";

const $ = (id) => document.getElementById(id);
const id = location.pathname.split("/").pop();
const [secretText = "", recipientHere = ""] = location.hash.slice(1).split(".");

/** Says in one sentence where things stand. */
function say(text, bad = false) {
  $("state").textContent = text;
  $("state").className = bad ? "bad" : "";
}

class Told extends Error {} // an error whose message is for the person

const utf8 = new TextEncoder();
const fromBase64 = (t) => Uint8Array.from(atob(t.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toBase64 = (b) => btoa(Array.from(b, (c) => String.fromCharCode(c)).join(""));
const hex = (b) => Array.from(new Uint8Array(b), (c) => c.toString(16).padStart(2, "0")).join("");
const digest = async (b) => hex(await crypto.subtle.digest("SHA-256", b));

async function tokenOf(secret) {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return hex(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8.encode("airial link token 1") }, key, 256));
}

let token = "";

/** Asks the server; a line that drops is tried again, longer and longer apart. */
async function ask(method, path, body, ticket) {
  for (let tries = 0; ; tries++) {
    let answer;
    try {
      const headers = { Authorization: "Bearer " + token };
      if (ticket) headers["Airial-Ticket"] = ticket;
      answer = await fetch("/l/" + id + path, { method, body, headers, cache: "no-store" });
    } catch {
      if (tries === 6) throw new Told("La connexion au serveur est coupée. Réessayez : ce qui est déjà passé ne sera pas refait.");
      await new Promise((done) => setTimeout(done, 1000 * 2 ** tries));
      continue;
    }
    if (answer.ok) return answer;
    if (answer.status >= 500 && answer.status !== 507 && tries < 3) {
      await new Promise((done) => setTimeout(done, 1000 * 2 ** tries));
      continue;
    }
    const told = await answer.json().catch(() => ({}));
    throw new Told(told.message || "Le serveur n’a pas pu répondre. Réessayez dans un moment.");
  }
}

const sizeOf = (n) => {
  const units = ["octets", "ko", "Mo", "Go"];
  let i = 0;
  for (; n >= 1000 && i < 3; i++) n /= 1000;
  return n.toLocaleString("fr-FR", { maximumFractionDigits: i > 1 && n < 100 ? 1 : 0 }) + " " + units[i];
};
const day = (t) => new Date(t).toLocaleString("fr-FR", { dateStyle: "long", timeStyle: "short" });

function failed(error) {
  if (!(error instanceof Told)) console.error(error);
  say(error instanceof Told ? error.message : "Quelque chose n’a pas marché dans ce navigateur. Essayez avec un navigateur à jour.", true);
}

async function start() {
  if (!globalThis.crypto?.subtle) throw new Told("Ce navigateur ne peut pas déchiffrer ici. Ouvrez le lien avec un navigateur à jour.");
  let secret;
  try {
    secret = fromBase64(secretText);
  } catch {
    secret = new Uint8Array();
  }
  if (secret.length !== 32) throw new Told("Ce lien est incomplet : la fin de l’adresse, après le signe #, manque. Copiez-le en entier.");
  token = await tokenOf(secret);
  const link = await (await ask("GET", "/info")).json();
  if (link.words) {
    const d = new Decrypter();
    d.addPassphrase(secretText);
    const words = JSON.parse(await d.decrypt(fromBase64(link.words), "text"));
    $("from").textContent = words.from;
    $("title").textContent = words.title;
    $("words").textContent = words.words || "";
    document.title = words.title;
  }
  $("end").textContent = "Ce lien est ouvert jusqu’au " + day(link.expires) + ". Les fichiers sont chiffrés : le serveur n’en connaît ni le nom, ni le contenu.";
  if (!link.sealed) {
    if (recipientHere !== link.recipient) throw new Told("Ce lien ne correspond pas à ce que dit le serveur. Ne déposez rien, et prévenez qui vous l’a donné.");
    say("");
    deposit(link);
    return;
  }
  say("");
  $("pass").hidden = false;
  $("phrase").focus();
  $("pass").addEventListener("submit", (e) => {
    e.preventDefault();
    $("pass").querySelector("button").disabled = true;
    say("Ouverture… cela prend quelques secondes.");
    setTimeout(() => open(link).catch(failed).finally(() => ($("pass").querySelector("button").disabled = false)), 50);
  });
}

/** Opens the link's identity with the passphrase, then the manifests. */
async function open(link) {
  const phrase = $("phrase").value.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const d = new Decrypter();
  d.addPassphrase(secretText + " " + phrase);
  let identity;
  try {
    identity = (await d.decrypt(fromBase64(link.sealed), "text")).trim();
  } catch {
    throw new Told("Ce n’est pas la bonne phrase de passe. Vérifiez-la auprès de qui vous a envoyé le lien.");
  }
  const opener = new Decrypter();
  opener.addIdentity(identity);
  const files = [];
  for (const f of link.files) files.push({ id: f.id, ...JSON.parse(await opener.decrypt(fromBase64(f.manifest), "text")) });
  $("pass").hidden = true;
  say("");
  if (link.role !== "read") deposit(link);
  $("take").hidden = false;
  $("list").replaceChildren(...files.map((f) => row(f, opener, link)));
  if (!files.length) $("list").textContent = "Aucun fichier pour l’instant.";
  left(link);
}

/** Says how many downloads are left; where there is none, none is offered. */
function left(link) {
  if (link.left < 0) return;
  if (link.left === 0) for (const b of $("list").querySelectorAll("button")) b.disabled = true;
  $("left").textContent = link.left === 0 ? "Le nombre de téléchargements prévu est atteint." : "Téléchargements restants : " + link.left + ".";
}

function line(name, size) {
  const li = document.createElement("li");
  const n = document.createElement("span");
  n.className = "name";
  n.textContent = name;
  const s = document.createElement("span");
  s.className = "size";
  s.textContent = size;
  li.append(n, s);
  return li;
}

function row(file, opener, link) {
  const li = line(file.name, sizeOf(file.size));
  const button = document.createElement("button");
  button.textContent = "Télécharger";
  button.setAttribute("aria-label", "Télécharger " + file.name);
  const bar = document.createElement("progress");
  bar.max = file.pieces.length || 1;
  bar.value = 0;
  bar.hidden = true;
  li.append(button, bar);
  const download = { ticket: "" }; // which serves again when it was cut
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await take(file, opener, bar, link, download);
      button.textContent = "Téléchargé";
      say("« " + file.name + " » est téléchargé, et vérifié.");
    } catch (error) {
      if (error?.name !== "AbortError") failed(error);
      button.disabled = link.left === 0 && !download.ticket;
    }
  });
  return li;
}

/** Where the content is written as it comes: a file that the person chose, else the browser's own store. */
async function target(name) {
  if (globalThis.showSaveFilePicker) {
    const handle = await showSaveFilePicker({ suggestedName: name });
    return { to: await handle.createWritable(), done: async () => {} };
  }
  try {
    const root = await navigator.storage.getDirectory();
    const kept = "piece-" + crypto.randomUUID();
    const handle = await root.getFileHandle(kept, { create: true });
    return { to: await handle.createWritable(), done: async () => hand(await handle.getFile(), name, () => root.removeEntry(kept).catch(() => {})) };
  } catch {
    const parts = [];
    return { to: { write: async (b) => parts.push(new Blob([b])), close: async () => {}, abort: async () => {} }, done: async () => hand(new Blob(parts), name, () => {}) };
  }
}

function hand(blob, name, after) {
  const a = document.createElement("a");
  a.href = URL.createObjectURL(blob);
  a.download = name;
  a.click();
  setTimeout(() => {
    URL.revokeObjectURL(a.href);
    after();
  }, 600_000);
}

/** Lets a work go on while something else is done: its failure is told to who waits for it, then. */
function begun(work) {
  work.catch(() => {});
  return work;
}

async function take(file, opener, bar, link, download) {
  const out = await target(file.name);
  try {
    if (!download.ticket) {
      download.ticket = (await (await ask("POST", "/begin/" + file.id)).json()).ticket;
      if (link.left > 0) link.left--;
      left(link);
    }
    const ticket = download.ticket;
    bar.value = 0;
    bar.hidden = false;
    let size = 0;
    const fetched = async (piece) => new Uint8Array(await (await ask("GET", "/pieces/" + piece, undefined, ticket)).arrayBuffer());
    let coming = file.pieces.length ? begun(fetched(file.pieces[0])) : null;
    for (const [i, piece] of file.pieces.entries()) {
      const sealed = await coming;
      if (i + 1 < file.pieces.length) coming = begun(fetched(file.pieces[i + 1])); // while this one is decrypted
      if ((await digest(sealed)) !== piece) throw new Told("Un morceau du fichier est arrivé abîmé. Réessayez.");
      const plain = await opener.decrypt(sealed);
      size += plain.length;
      await out.to.write(plain);
      bar.value++;
    }
    if (size !== file.size) throw new Told("Le fichier n’est pas complet. Réessayez, ou prévenez qui vous l’a envoyé.");
    await out.to.close();
    await out.done();
    await ask("POST", "/end/" + ticket);
  } catch (error) {
    await Promise.resolve(out.to.abort?.()).catch(() => {});
    throw error;
  }
}

let depositing = Promise.resolve();

function deposit(link) {
  $("give").hidden = false;
  const add = (files) => {
    for (const f of files) depositing = depositing.then(() => give(f, link));
  };
  $("files").addEventListener("change", () => {
    add([...$("files").files]);
    $("files").value = "";
  });
  addEventListener("dragover", (e) => e.preventDefault());
  addEventListener("drop", (e) => {
    e.preventDefault();
    add([...e.dataTransfer.files]);
  });
}

const step = 8 * 2 ** 20; // of pieces

/** How large so much of a file is at the most once encrypted: each piece has a header, each 64 KiB of it a tag. */
const sealedSize = (n) => n + Math.ceil(n / step) * 1024 + Math.ceil(n / 65536) * 16;

/** What of a file has gone already, should the page be opened again. */
const remembered = (f) => "airial " + id + " " + f.name + " " + f.size + " " + f.lastModified;

async function give(file, link) {
  const li = line(file.name, sizeOf(file.size));
  const bar = document.createElement("progress");
  bar.max = Math.max(1, file.size);
  bar.value = 0;
  li.append(bar);
  $("sent").append(li);
  try {
    const key = remembered(file);
    const sealer = new Encrypter();
    sealer.addRecipient(link.recipient);
    let state = { pieces: [], size: 0 };
    try {
      state = JSON.parse(localStorage.getItem(key)) || state;
    } catch {} // nothing is remembered: it is sent from the beginning
    if (sealedSize(file.size - state.pieces.length * step) > link.room)
      throw new Told("« " + file.name + " » (" + sizeOf(file.size) + ") dépasse ce que ce lien peut encore recevoir (" + sizeOf(link.room) + "). Il n’est pas parti : déposez un fichier plus petit, ou demandez un autre lien.");
    const send = async (name, sealed) => {
      await ask("PUT", "/pieces/" + name, sealed);
      link.room -= sealed.length;
      state.pieces.push(name);
      state.size += sealed.length;
      bar.value = state.pieces.length * step;
      try {
        localStorage.setItem(key, JSON.stringify(state));
      } catch {} // it will not be taken up, that is all
    };
    bar.value = state.pieces.length * step;
    let going = null; // the piece that leaves while the next one is encrypted
    for (let at = state.pieces.length * step; at < file.size; at += step) {
      const sealed = await sealer.encrypt(new Uint8Array(await file.slice(at, at + step).arrayBuffer()));
      const name = await digest(sealed);
      await going;
      going = begun(send(name, sealed));
    }
    await going;
    const manifest = await sealer.encrypt(JSON.stringify({ name: file.name, size: file.size, modified: file.lastModified, pieces: state.pieces }));
    await ask("POST", "/files", JSON.stringify({ manifest: toBase64(manifest), pieces: state.pieces, size: state.size }));
    localStorage.removeItem(key);
    bar.value = bar.max;
    li.querySelector(".size").textContent = sizeOf(file.size) + ", bien reçu";
    say("« " + file.name + " » est arrivé.");
  } catch (error) {
    li.querySelector(".size").textContent = "pas envoyé";
    failed(error);
  }
}

start().catch(failed);
