package command

import "strings"

// fileFilters are the options by which filters open files, of ffmpeg 5.1 and 7.1 ("ffmpeg -h filter=…"), and nnedi's and others' that
// few builds have. Their values must be files of the job. first: the option is the first one, so its key may be missing.
var fileFilters = []struct {
	filters []string
	keys    []string
	first   bool
}{
	{strings.Fields("subtitles ass"), strings.Fields("filename f fontsdir"), true},
	{strings.Fields("drawtext"), strings.Fields("fontfile textfile text_source"), true},
	{strings.Fields("lut1d lut3d"), strings.Fields("file"), true},
	{strings.Fields("curves selectivecolor"), strings.Fields("psfile plot"), false},
	{strings.Fields("removelogo"), strings.Fields("filename f"), true},
	{strings.Fields("find_rect"), strings.Fields("object"), true},
	{strings.Fields("cover_rect"), strings.Fields("cover"), true},
	{strings.Fields("metadata ametadata"), strings.Fields("file"), false},
	{strings.Fields("psnr ssim xpsnr vmafmotion"), strings.Fields("stats_file f"), true},
	{strings.Fields("libvmaf"), strings.Fields("log_path model_path"), false},
	{strings.Fields("vidstabdetect"), strings.Fields("result"), true},
	{strings.Fields("vidstabtransform"), strings.Fields("input"), true},
	{strings.Fields("signature"), strings.Fields("filename"), false},
	{strings.Fields("sofalizer"), strings.Fields("sofa"), true},
	{strings.Fields("arnndn"), strings.Fields("model m"), true},
	{strings.Fields("nnedi"), strings.Fields("weights"), true},
	{strings.Fields("showcqt"), strings.Fields("fontfile axisfile"), false},
	{strings.Fields("firequalizer"), strings.Fields("dumpfile"), false},
	{strings.Fields("paletteuse"), strings.Fields("debug_kdtree"), false},
	{strings.Fields("deshake"), strings.Fields("filename"), false},
	{strings.Fields("cellauto life"), strings.Fields("filename f"), true},
	{strings.Fields("fieldhint"), strings.Fields("hint"), true},
	{strings.Fields("fsync"), strings.Fields("file f"), true},
	{strings.Fields("qrencode qrencodesrc"), strings.Fields("fontfile textfile"), false},
	{strings.Fields("lensfun"), strings.Fields("db_path"), false},
	{strings.Fields("ocr"), strings.Fields("datapath"), true},
}

// fileKeys are names that mean a file in whichever filter has them.
var fileKeys = strings.Fields(`
	filename textfile fontfile fontsdir file stats_file log_path psfile plot dumpfile sofa cover object hint result axisfile`)
