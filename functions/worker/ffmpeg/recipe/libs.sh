#!/usr/bin/env bash
# libs.sh NAME: builds one library into /opt/ff as a .a. These either have no .a in Debian or one that cannot be used.
. /recipe/common.sh

meson=(--prefix="$prefix" --libdir=lib --default-library=static --buildtype=plain -Db_lto=false -Db_ndebug=true)
cmake=(-GNinja -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib -DBUILD_SHARED_LIBS=OFF
	-DCMAKE_POLICY_VERSION_MINIMUM=3.5 -DCMAKE_POSITION_INDEPENDENT_CODE=ON)

# pc_edit SED NAME: NAME.pc in ours, edited from the one that pkg-config finds.
pc_edit() {
	local from
	from=$(pkg-config --variable=pcfiledir "$2")/$2.pc
	sed "$1" "$from" >"/build/$2.pc"
	mv "/build/$2.pc" "$PKG_CONFIG_PATH/$2.pc"
}

libunibreak() {
	./autogen.sh </dev/null || autoreconf -fi
	./configure --prefix="$prefix" --disable-shared --enable-static
	make -j"$JOBS" install
}

libsoxr() {
	cmake -B b "${cmake[@]}" -DCMAKE_BUILD_TYPE=None -DBUILD_TESTS=OFF -DBUILD_EXAMPLES=OFF -DWITH_OPENMP=OFF \
		-DWITH_LSR_BINDINGS=OFF -DWITH_AVFFT=OFF
	ninja -j"$JOBS" -C b install
}

# Without OpenMP, which Debian's has: its threads would not follow ffmpeg's -threads.
libvidstab() {
	cmake -B b "${cmake[@]}" -DCMAKE_BUILD_TYPE=None -DUSE_OMP=OFF
	ninja -j"$JOBS" -C b install
}

dav1d() {
	meson setup b "${meson[@]}" -Denable_tools=false -Denable_tests=false -Dlogging=false
	ninja -j"$JOBS" -C b install
}

svt-av1() {
	cmake -B b "${cmake[@]}" -DCMAKE_BUILD_TYPE=Release -DBUILD_APPS=OFF -DBUILD_TESTING=OFF -DSVT_AV1_LTO=OFF
	ninja -j"$JOBS" -C b install
}

# Debian's x264.a loads OpenCL with dlopen; that is the only reason to build it.
x264() {
	./configure --prefix="$prefix" --enable-static --disable-cli --disable-opencl --enable-pic --bit-depth=all --chroma-format=all
	make -j"$JOBS"
	make install
}

rubberband() {
	meson setup b "${meson[@]}" -Dfft=builtin -Dresampler=builtin -Djni=disabled -Dladspa=disabled -Dlv2=disabled \
		-Dvamp=disabled -Dcmdline=disabled -Dtests=disabled
	ninja -j"$JOBS" -C b install
	pc_edit 's/^Libs:.*/& -lstdc++ -lm/' rubberband
}

# One file has all of the shaper; meson would also build the subset library, which nobody calls.
harfbuzz() {
	local version flags
	version=$(sed -n "s/^ *version: '\([0-9.]*\)'.*/\1/p" meson.build | head -n 1)
	read -ra flags <<<"$CXXFLAGS $(pkg-config --cflags freetype2)"
	g++ -std=c++17 "${flags[@]}" -fno-exceptions -fno-rtti -fno-threadsafe-statics -DHAVE_FREETYPE -DHAVE_PTHREAD \
		-c src/harfbuzz.cc -o hb.o
	ar rcs "$prefix/lib/libharfbuzz.a" hb.o
	mkdir -p "$prefix/include/harfbuzz"
	cp src/hb.h src/hb-*.h "$prefix/include/harfbuzz/"
	cat >"$PKG_CONFIG_PATH/harfbuzz.pc" <<-PC
		Name: harfbuzz
		Description: HarfBuzz
		Version: $version
		Requires.private: freetype2
		Libs: -L$prefix/lib -lharfbuzz
		Libs.private: -lm -pthread
		Cflags: -I$prefix/include/harfbuzz
	PC
}

# Debian's x265.a has 8, 10 and 12 bits in one. Its .pc asks for gcc_s, which exists only shared, and for libnuma.
x265() {
	pc_edit 's/-lgcc_s//g' x265
	gcc -O2 -fPIE -c /recipe/numa_stub.c -o /build/numa_stub.o
	ar rcs "$prefix/lib/libnuma.a" /build/numa_stub.o
}

mkdir -p "$PKG_CONFIG_PATH" /build
case $1 in
x265) ;;
*) unpack "$1" ;;
esac
"$1"
