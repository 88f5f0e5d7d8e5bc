# Read by the steps, which run as root inside the chroot: /recipe is this folder, /src has the tarballs, /opt/ff gets the
# libraries, /out the result.
# shellcheck shell=bash disable=SC2034  # the variables are for those who read this file
set -euo pipefail
shopt -s nullglob
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

prefix=/opt/ff
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
# Position-independent for static-PIE; a section a function, so that the linker can leave out what nobody calls.
export CFLAGS="-O2 -fPIE -ffunction-sections -fdata-sections -fstack-protector-strong"
export CXXFLAGS=$CFLAGS

# No releases below these: they have published holes that a stranger's file can reach.
oldest_7=7.1.5
oldest_8=8.0.3

die() { echo "$*" >&2; exit 1; }

# words FILE: the words of a list of ours, without its comments.
words() { sed 's/#.*//' "$1"; }

# older A B: whether version A comes before B.
older() { [ "$1" != "$2" ] && [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# new_enough VERSION: ends the step when ffmpeg VERSION is one that must not be shipped.
new_enough() {
	case $1 in
	[0-9]*.[0-9]*) ;;
	*) die "'$1' is not a version of ffmpeg" ;;
	esac
	if older "$1" "$oldest_7" || { ! older "$1" 8 && older "$1" "$oldest_8"; }; then
		die "ffmpeg $1 is too old to be shipped: $oldest_7 or $oldest_8 at least"
	fi
}

# unpack NAME: the tarballs NAME_* of sources.sha256 in /build/NAME, with Debian's patches where its tarball is listed too.
unpack() {
	local orig=(/src/"$1"_*.orig.tar.*) debian=(/src/"$1"_*.debian.tar.*) patch
	rm -rf "/build/$1"
	mkdir -p "/build/$1"
	cd "/build/$1"
	tar xf "${orig[0]}" --strip-components=1
	[ "${#debian[@]}" -gt 0 ] || return 0
	tar xf "${debian[0]}"
	[ -f debian/patches/series ] || return 0
	for patch in $(words debian/patches/series); do
		patch -p1 --batch --quiet <"debian/patches/$patch"
	done
}
