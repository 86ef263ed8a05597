#!/bin/sh
# Builds Mesa's OpenGL for Windows, which draws on the processor where a computer has no driver: mesa.sh FOLDER puts its two libraries
# there. The sources are Debian's; what was built once is kept in ~/.cache/airial for the same script. Without LLVM (softpipe instead of
# llvmpipe): the package would weigh a third more, to scroll with frames of 16 ms where they take 36.
set -eu
to=$1
name=mesa_22.3.6
sum=737cb8e5d380ce1a0ad01fb8b74db7f27303435c353e753d2302e8cf3927bad2
kept=${XDG_CACHE_HOME:-$HOME/.cache}/airial/$name-$(sha256sum "$0" | cut -c1-16)
if [ ! -s "$kept/opengl32.dll" ]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    curl -sSf --proto '=https,http' -o "$work/mesa.tar.gz" "http://deb.debian.org/debian/pool/main/m/mesa/$name.orig.tar.gz"
    echo "$sum  $work/mesa.tar.gz" | sha256sum -c --quiet
    # Names of the sources stand in the libraries: they are those of a folder that is the same everywhere.
    tar -xzf "$work/mesa.tar.gz" -C "$work" --one-top-level=mesa --strip-components=1
    cat >"$work/cross.ini" <<'CROSS'
[binaries]
c = 'x86_64-w64-mingw32-gcc-posix'
cpp = 'x86_64-w64-mingw32-g++-posix'
ar = 'x86_64-w64-mingw32-ar'
strip = 'x86_64-w64-mingw32-strip'
windres = 'x86_64-w64-mingw32-windres'
[built-in options]
c_args = ['-ffunction-sections', '-fdata-sections']
cpp_args = ['-ffunction-sections', '-fdata-sections']
c_link_args = ['-static', '-Wl,--gc-sections', '-Wl,--no-insert-timestamp']
cpp_link_args = ['-static', '-Wl,--gc-sections', '-Wl,--no-insert-timestamp']
[host_machine]
system = 'windows'
cpu_family = 'x86_64'
cpu = 'x86_64'
endian = 'little'
CROSS
    # Debian's Python has what Mesa generates its sources with.
    PATH=/usr/bin:/bin
    cd "$work/mesa"
    meson setup ../build --cross-file ../cross.ini --buildtype=plain -Doptimization=2 -Db_ndebug=true -Dvideo-codecs= -Dplatforms=windows -Dgallium-drivers=swrast -Dvulkan-drivers= \
        -Dllvm=disabled -Dopengl=true -Dgles1=disabled -Dgles2=disabled -Degl=disabled -Dglx=disabled -Dshader-cache=disabled -Dzlib=disabled -Dzstd=disabled \
        -Dbuild-tests=false -Dmin-windows-version=8 >"$work/log" 2>&1 && ninja -C ../build >>"$work/log" 2>&1 || { tail -30 "$work/log" >&2; exit 1; }
    mkdir -p "$kept"
    for library in src/gallium/targets/wgl/libgallium_wgl.dll src/gallium/targets/libgl-gdi/opengl32.dll; do
        x86_64-w64-mingw32-strip -o "$kept/${library##*/}" "../build/$library"
    done
fi
mkdir -p "$to"
cp "$kept/libgallium_wgl.dll" "$kept/opengl32.dll" "$to/"
