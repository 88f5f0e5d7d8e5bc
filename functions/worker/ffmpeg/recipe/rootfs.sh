#!/usr/bin/env bash
# rootfs.sh: /out/rootfs (what the image gets), /out/layer.zip (the same for /opt of a Lambda) and /out/MANIFEST.
# RECIPE_HASH, LIBS_HASH and ARCH come from the caller, for the manifest.
. /recipe/common.sh
root=/out/rootfs

# Fontconfig takes a cache for valid when its folder's time is the one it noted, and always when that is 0. 0 survives tar and
# docker's COPY. A zip cannot say 0, so the layer has the oldest time that it can, in UTC as Lambda reads it.
image_time=@0
layer_time=@315532800
export TZ=UTC

# age DIR TIME: sets every time below DIR.
age() { find "$1" -exec touch -h -d "$2" {} +; }

# font_cache ROOT FONTS CACHE TIME: makes the cache that is looked for at CACHE when fonts are at FONTS and the root is ROOT.
font_cache() {
	age "$1$2" "$4"
	fc-cache --really-force --sysroot "$1"
	rm -f "$1$3/CACHEDIR.TAG"
	[ -n "$(ls "$1$3")" ] || die "fc-cache made no cache"
	age "$1" "$4"
}

binaries() {
	install -D -m 755 /build/multi "$root/bin/ffmpeg"
	ln -s ffmpeg "$root/bin/ffprobe"
}

fonts() {
	local glob files file
	set -f
	for glob in $(words /recipe/fonts.txt); do
		set +f
		# shellcheck disable=SC2206
		files=(/usr/share/fonts/$glob)
		[ -f "${files[0]-}" ] || die "recipe/fonts.txt: Debian's packages have no font file $glob"
		for file in "${files[@]}"; do install -D -m 644 "$file" "$root$file"; done
		set -f
	done
	set +f
	install -D -m 644 /recipe/fonts.conf "$root/etc/fonts/fonts.conf"
}

# copyright NAME FILE...: the licence of one part.
copyright() {
	local name=$1
	shift
	mkdir -p "$root/usr/share/doc/$name"
	cat "$@" >"$root/usr/share/doc/$name/copyright"
}

# licences: every part's copyright, the texts those refer to, and the list of sources that an offer must cover.
licences() {
	local name package files
	# shellcheck disable=SC2013
	for name in $(sed 's/^[0-9a-f]*  //; s/_.*//' /recipe/sources.sha256 | sort -u); do
		[ -d "/build/$name" ] || unpack "$name"
		files=(/build/"$name"/debian/copyright)
		[ -f "${files[0]}" ] || files=(/build/"$name"/COPYING* /build/"$name"/LICEN[CS]E* /build/"$name"/PATENTS*)
		copyright "$name" "${files[@]}"
	done
	for package in $(words /recipe/licences.txt); do
		copyright "$package" "/usr/share/doc/$package/copyright"
	done
	mkdir -p "$root/usr/share/common-licenses"
	cp -L /usr/share/common-licenses/{GPL-2,GPL-3,LGPL-2,LGPL-2.1,LGPL-3,Apache-2.0} "$root/usr/share/common-licenses/"
	sources >"$root/usr/share/doc/ffmpeg/SOURCES"
}

sources() {
	echo "ffmpeg in /bin is one static file under the GNU GPL, version 3 or later. It is made of these sources and of the build"
	echo "scripts in functions/worker/ffmpeg/recipe. Compiled there, with the SHA-256 of each file:"
	echo
	cat /recipe/sources.sha256
	echo
	echo "Linked as Debian $(. /etc/os-release && echo "$VERSION_CODENAME") built it, and fonts: source package and version."
	echo
	# shellcheck disable=SC2046,SC2016
	dpkg-query --show --showformat '${source:Package} ${source:Version}\n' $(words /recipe/licences.txt) | sort -u
}

layer() {
	local opt=/out/layer/opt
	mkdir -p "$opt"
	cp -a "$root/bin" "$root/usr/share" "$opt/"
	mkdir -p "$opt/etc/fonts"
	sed 's,<dir>/usr/share,<dir>/opt/share,; s,<cachedir>/var,<cachedir>/opt/var,' /recipe/fonts.conf >"$opt/etc/fonts/fonts.conf"
	# fc-cache reads etc/fonts/fonts.conf under its sysroot, so that is lent to it.
	install -D -m 644 "$opt/etc/fonts/fonts.conf" /out/layer/etc/fonts/fonts.conf
	font_cache /out/layer /opt/share/fonts /opt/var/cache/fontconfig "$layer_time"
	(cd "$opt" && find . -mindepth 1 | sort | zip -q -X -y -9 -@ /out/layer.zip)
	rm -r /out/layer
}

manifest() {
	echo "ffmpeg $("$root/bin/ffmpeg" -version | sed -n 's/^ffmpeg version \([^ ]*\).*/\1/p')"
	echo "arch $ARCH"
	echo "recipe $RECIPE_HASH"
	echo "libs $LIBS_HASH"
	echo "bytes $(stat -c %s "$root/bin/ffmpeg")"
	echo "compiler $(gcc -dumpfullversion)"
	sed 's/^\([0-9a-f]*\)  \(.*\)/source \2 \1/' /recipe/sources.sha256
	# shellcheck disable=SC2046,SC2016
	dpkg-query --show --showformat 'package ${Package} ${Version}\n' $(words /recipe/licences.txt)
}

# examine: what must hold for the file, seen from outside of it.
examine() {
	local version
	if readelf --program-headers --wide "$root/bin/ffmpeg" | grep INTERP; then die "ffmpeg asks for a dynamic linker"; fi
	if readelf --dynamic --wide "$root/bin/ffmpeg" | grep NEEDED; then die "ffmpeg asks for a shared library"; fi
	version=$(chroot "$root" /bin/ffmpeg -version | sed -n 's/^ffmpeg version \([0-9.]*\).*/\1/p')
	new_enough "$version"
	chroot "$root" /bin/ffprobe -version | grep "^ffprobe version $version"
	chroot "$root" /bin/ffmpeg -v error -f lavfi -i color -vf drawtext=text=x -frames:v 1 -f null - 2>&1 | tee /build/drawtext.out
	if [ -s /build/drawtext.out ]; then die "a frame with text brings messages (above)"; fi
}

mkdir -p "$root"
binaries
fonts
licences
font_cache "$root" /usr/share/fonts /var/cache/fontconfig "$image_time"
layer
examine
manifest >/out/MANIFEST
