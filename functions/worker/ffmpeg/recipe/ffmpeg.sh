#!/usr/bin/env bash
# ffmpeg.sh configure|compile|link: ffmpeg and ffprobe as one static-PIE file, /build/ffmpeg/multi.
. /recipe/common.sh

# left_out: configure's arguments for leave-out.txt. Protocols are the other way round: all are out but these. crypto is needed:
# without it an encrypted HLS output exits with 0 and writes no segments.
left_out() {
	local kind name names
	words /recipe/leave-out.txt | while read -r kind names; do
		for name in $names; do echo "--disable-$kind=$name"; done
	done
	echo "--disable-protocols"
	echo "--enable-protocol=file,pipe,fd,crypto,data"
}

configure() {
	local version cut
	version=$(cat RELEASE)
	new_enough "$version"
	set -f # the globs of leave-out.txt are for configure
	left_out >left-out.args
	set +f
	mapfile -t cut <left-out.args
	# --disable-iconv is not part of --disable-autodetect. -lm is for soxr, whose .pc does not ask for it.
	./configure --prefix="$prefix" --disable-debug --disable-doc --disable-ffplay \
		--extra-version="$(dpkg-parsechangelog -S Version | sed 's/^.*-//')" \
		--disable-autodetect --disable-iconv --disable-network --disable-devices --enable-indev=lavfi \
		--enable-gpl --enable-version3 --pkg-config-flags=--static \
		--extra-cflags="-I$prefix/include $CFLAGS" --extra-ldflags="-L$prefix/lib -Wl,--gc-sections" \
		--extra-ldexeflags=-static-pie --extra-libs=-lm \
		--enable-zlib --enable-bzlib --enable-lzma \
		--enable-libx264 --enable-libx265 --enable-libvpx --enable-libdav1d --enable-libsvtav1 \
		--enable-libopus --enable-libmp3lame --enable-libvorbis --enable-libtheora --enable-libwebp \
		--enable-libfreetype --enable-libharfbuzz --enable-libfontconfig --enable-libfribidi --enable-libass \
		--enable-libzimg --enable-libsoxr --enable-libvidstab --enable-librubberband \
		"${cut[@]}" 2>&1 | tee configure.out || { tail -n 30 ffbuild/config.log; die "configure failed"; }
	if grep 'did not match anything' configure.out; then
		die "recipe/leave-out.txt has names that this ffmpeg does not know (above)"
	fi
}

compile() { make -j"$JOBS" ffmpeg ffprobe; }

# The objects of ffprobe become one whose only visible name is ffprobe_main, because both tools have names in common. The
# libraries are linked by ffmpeg's own command, asked of make.
link() {
	local command
	ld -r -o m_ffprobe.o fftools/ffprobe.o fftools/cmdutils.o fftools/opt_common.o
	objcopy --redefine-sym main=ffprobe_main m_ffprobe.o
	objcopy --keep-global-symbol=ffprobe_main m_ffprobe.o
	objcopy --redefine-sym main=ffmpeg_main fftools/ffmpeg.o m_ffmpeg.o
	gcc -O2 -fPIE -c /recipe/multi.c -o m_main.o
	rm -f ffmpeg_g
	command=$(make -n V=1 ffmpeg_g | grep -e '-o ffmpeg_g ')
	command=${command/ fftools\/ffmpeg.o/ m_main.o m_ffprobe.o m_ffmpeg.o}
	sh -c "${command/-o ffmpeg_g/-o multi_g}" 2>&1 | tee link.out
	# The linker warns when something in a static file would load a library or resolve a host at run time.
	if grep -i 'warning' link.out; then die "the link has warnings (above)"; fi
	strip -o multi multi_g
}

case $1 in
configure)
	unpack ffmpeg
	configure
	;;
compile | link)
	cd /build/ffmpeg
	"$1"
	;;
esac
