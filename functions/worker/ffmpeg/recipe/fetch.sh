#!/usr/bin/env bash
# fetch.sh: every file of sources.sha256 into /src, from Debian's mirror, checked. Files that are there already are not asked for.
. "$(dirname "$0")/common.sh"
list=$(cd "$(dirname "$0")" && pwd)/sources.sha256
cd "${SRC:-/src}"

# apt-get checks what it fetches against the signed index. It fails where a .dsc is missing on the mirror, as happens for a few
# packages, but leaves the tarball; whether that is the right one is for the sums.
fetch() {
	apt-get source --quiet --download-only "$1" </dev/null || echo "apt-get source $1 failed; its tarball may be here all the same"
}

# sum_of FILE: its SHA-256, or nothing when there is no such file.
sum_of() { if [ -f "$1" ]; then sha256sum <"$1" | cut -d ' ' -f 1; fi; }

while read -r sum file; do
	[ "$(sum_of "$file")" != "$sum" ] || continue
	rm -f "$file"
	name=${file%%_*}
	fetch "$name"
	got=$(sum_of "$file")
	if [ -z "$got" ]; then
		have=$(apt-cache showsrc --only-source "$name" 2>/dev/null | sed -n 's/^Version: //p' | sort -V | tail -n 1) || true
		die "$file is not on the mirror, which has $name ${have:-in no version}: if Debian moved on, update recipe/sources.sha256"
	fi
	[ "$got" = "$sum" ] || die "$file has the SHA-256 $got, and recipe/sources.sha256 says $sum: not used"
done <"$list"
