#!/usr/bin/env bash
# offer.sh: runs in the chroot for build --sources, and brings the sources of what is linked as Debian built it into /src, beside
# those of sources.sha256. What the mirror does not have is listed in /src/MISSING. It is no part of the recipe: nothing in the
# result depends on it.
. /recipe/common.sh
cd /src

# GCC's libraries are free of an offer by its runtime library exception.
# shellcheck disable=SC2046,SC2016
dpkg-query --show --showformat '${source:Package}=${source:Version}\n' $(words /recipe/licences.txt) | grep -v '^gcc-' | sort -u >/build/linked

while read -r package; do
	if ! apt-get source --quiet --download-only --only-source "$package" </dev/null; then
		echo "$package" >>MISSING
	fi
done </build/linked
