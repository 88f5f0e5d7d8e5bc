// Package ffmpeg is the static ffmpeg of the worker's image: a recipe in recipe/, the script build that follows it once for each
// content of the recipe, and the tests of what comes out. It has no Go code of its own; shared/ffmpeg runs what is built here.
//
// The binary is under the GNU GPL, version 3 or later, and is no part of this program, which starts it as a process. Whoever
// hands it out (an image, a layer) must offer its complete source and these scripts: `build --sources DIR` collects them, and
// docs/ffmpeg.md says more. The licence of each part is in the rootfs under usr/share/doc.
package ffmpeg
