# What the Debian packages share, read by their build.sh, which says $package, $version and the folder $to.
# Gives $tree, where the package's files go, and $arch; put, changelog and pack. The same files give the same bytes, whoever
# builds, wherever and whenever.
umask 022
export LC_ALL=C TZ=UTC
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/debian/$package
mkdir -p "$tree/DEBIAN" "$to"

put() { install -D -m "$1" "$2" "$tree/$3"; } # MODE FILE PLACE

changelog() {
    printf '%s (%s) stable; urgency=medium\n\n  * Voir https://www.alpi40.fr\n\n -- ALPI <airial@alpi40.invalid>  %s\n' \
        "$package" "$version" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n >"$work/changelog.gz"
    put 644 "$work/changelog.gz" "usr/share/doc/$package/changelog.gz"
}

# The first fields of the control file; the size is that of the files, not of what this disk gives them.
head_fields() {
    kib=$(find "$tree" -type f ! -path '*/DEBIAN/*' -printf '%s\n' | awk '{ n += int(($1 + 1023) / 1024) } END { print n }')
    printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: ALPI <airial@alpi40.invalid>\nInstalled-Size: %s\nPriority: optional\nHomepage: https://www.alpi40.fr\n' \
        "$package" "$version" "$arch" "$kib"
}

pack() {
    find "$work" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    deb=$to/${package}_${version}_$arch.deb
    dpkg-deb --root-owner-group -Zxz --build "$tree" "$deb" >/dev/null
    ls -l "$deb"
}
