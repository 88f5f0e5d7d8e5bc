package ffmpeg_test

// seen is a kind that puts the clip through a filter, after which the picture is another one and not black.
func seen(name, filter string) kind {
	return kind{name, []string{
		"ffmpeg -i ../in/clip.mp4 -vf null -frames:v 6 -pix_fmt gray -f rawvideo before.gray",
		"ffmpeg -i ../in/clip.mp4 -vf " + filter + ",scale=192:108 -frames:v 6 -pix_fmt gray -f rawvideo after.gray",
	}, []look{ink("after.gray", 1000), differ("before.gray", "after.gray", 1000)}}
}

// both is a kind that makes one picture of a bright clip and another input.
func both(name, filter string) kind {
	return kind{name, []string{
		"ffmpeg -i ../in/clip.mp4 -f lavfi -i color=green:size=192x108:rate=25:duration=1 -filter_complex " + filter +
			" -an -c:v libx264 -preset ultrafast -pix_fmt yuv420p out.mp4",
	}, []look{made("out.mp4", "h264 yuv420p")}}
}

// compared is a kind that measures the clip against a worse copy of it.
func compared(filter, pattern string) kind {
	return kind{filter, []string{
		"ffmpeg -i ../in/clip.mp4 -c:v libx264 -preset ultrafast -crf 45 -an worse.mp4",
		"ffmpeg -i worse.mp4 -i ../in/clip.mp4 -lavfi [0:v][1:v]" + filter + " -f null -",
	}, []look{says(pattern)}}
}

var filter = []kind{
	seen("eq, unsharp, hqdn3d", "eq=contrast=1.3:brightness=0.05:saturation=1.2,unsharp,hqdn3d"),
	seen("crop and pad", "crop=96:54:20:20,pad=192:108:(ow-iw)/2:(oh-ih)/2:gray"),
	seen("transpose", "transpose=1"),
	seen("rotate and flip", "rotate=0.3,hflip"),
	seen("scale with lanczos and zscale", "scale=64:36:flags=lanczos,zscale=w=192:h=108:f=spline36"),
	seen("deinterlace", "tinterlace=4,bwdif"),
	seen("curves and lut", "curves=preset=vintage,lut=y=negval"),
	seen("blur", "boxblur=4,gblur=sigma=2"),
	seen("minterpolate", "minterpolate=fps=50:mi_mode=mci,reverse"),
	seen("fade", "fade=out:0:6:color=white"),
	seen("setpts", "setpts=2*PTS,fps=50,negate"),
	{"vid.stab", []string{
		"ffmpeg -i ../in/clip.mp4 -vf vidstabdetect=result=shake.trf -f null -",
		"ffmpeg -i ../in/clip.mp4 -vf vidstabtransform=input=shake.trf -an -c:v libx264 -preset ultrafast out.mp4",
	}, []look{files("shake.trf", 1), made("out.mp4", "h264 yuv420p")}},
	both("overlay", "[1:v]scale=48:27[o];[0:v][o]overlay=W-w-4:H-h-4"),
	both("xfade", "[0:v]fps=25,settb=AVTB[a];[1:v]fps=25,settb=AVTB[b];[a][b]xfade=transition=wipeleft:duration=0.4:offset=0.4"),
	both("chromakey", "[1:v]chromakey=green:0.1:0.1[k];[0:v][k]overlay"),
	both("side by side", "[0:v][1:v]hstack"),
	{"black found", []string{"ffmpeg -i ../in/black.mp4 -vf blackdetect=d=0.5 -f null -"}, []look{says("black_start:0 black_end:")}},
	{"crop found", []string{"ffmpeg -i ../in/clip.mp4 -vf pad=192:148:0:20,cropdetect=round=2 -f null -"}, []look{says("crop=192:108:0:20")}},
	{"scenes found", []string{"ffmpeg -i ../in/clip.mp4 -vf select='gt(scene,0)',metadata=print -f null -"}, []look{says(`lavfi.scene_score=0\.\d+`)}},
	compared("ssim", `SSIM Y:0\.\d+`),
	compared("psnr", `PSNR y:\d+\.\d+`),
	compared("xpsnr", `XPSNR +y: \d+\.\d+`),
}
