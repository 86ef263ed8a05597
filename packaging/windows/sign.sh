#!/bin/sh
# Signs programs or a package in their places: sign.sh FILE…. AIRIAL_SIGN_KEY and AIRIAL_SIGN_CERT (PEM files, the key from outside)
# sign; AIRIAL_SIGN_TSA, a timestamping address, makes the signatures last. Without a key nothing is done.
set -eu
[ -n "${AIRIAL_SIGN_KEY:-}" ] || exit 0
for file in "$@"; do
    # shellcheck disable=SC2086
    osslsigncode sign -h sha256 -key "$AIRIAL_SIGN_KEY" -certs "$AIRIAL_SIGN_CERT" ${AIRIAL_SIGN_TSA:+-ts "$AIRIAL_SIGN_TSA"} \
        -n Airial -i https://www.alpi40.fr -time "${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" -in "$file" -out "$file.signed" >/dev/null
    mv "$file.signed" "$file"
done
