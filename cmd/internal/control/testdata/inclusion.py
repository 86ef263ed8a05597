# Verifies a proof of inclusion with nothing of Airial's: python3 inclusion.py FILE KEY, openssl beside it.
import base64, hashlib, json, subprocess, sys, tempfile
from datetime import datetime, timezone

proof = json.load(open(sys.argv[1]))
key = base64.b64decode(sys.argv[2])
sha = lambda b: hashlib.sha256(b).digest()
entry, head, size = proof["entry"], proof["head"], proof["size"]

# 1. The leaf (RFC 6962, 2.1).
leaf = bytes.fromhex(entry["hash"]) + (b"\1" if entry.get("contested") else b"\0")
r = sha(b"\0" + leaf)
assert r.hex() == proof["leafHash"], "leaf"

# 2. The path (RFC 9162, 2.1.3.2).
fn, sn = entry["seq"] - 1, size - 1
assert fn <= sn, "place"
for p in map(bytes.fromhex, proof["path"]):
    assert sn != 0, "path too long"
    if fn & 1 or fn == sn:
        r = sha(b"\1" + p + r)
        while not fn & 1 and fn:
            fn, sn = fn >> 1, sn >> 1
    else:
        r = sha(b"\1" + r + p)
    fn, sn = fn >> 1, sn >> 1
assert sn == 0 and r.hex() == head["root"], "root"

# 3. What the server signed.
date, fraction = (head["at"].rstrip("Z").split(".") + ["0"])[:2]
seconds = int(datetime.fromisoformat(date).replace(tzinfo=timezone.utc).timestamp())
micros = seconds * 1000000 + int(fraction.ljust(9, "0")) // 1000
fields = [b"airial log head 2", head["authority"].encode(), size.to_bytes(8, "big"), r, bytes.fromhex(head["devices"]), micros.to_bytes(8, "big")]
message = sha(b"".join(len(f).to_bytes(8, "big") + f for f in fields))
assert message.hex() == proof["signed"] and head["size"] == size, "message"

# 4. The signature, by OpenSSL (RFC 8032, RFC 8410).
with tempfile.TemporaryDirectory() as d:
    open(d + "/key.der", "wb").write(bytes.fromhex("302a300506032b6570032100") + key)
    open(d + "/signature", "wb").write(base64.b64decode(head["signature"]))
    open(d + "/message", "wb").write(message)
    subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", d + "/key.der", "-rawin", "-in", d + "/message", "-sigfile", d + "/signature"], check=True)
