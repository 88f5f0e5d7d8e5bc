package transcodes

import (
	"regexp"
	"slices"
	"strings"

	"github.com/fflambda/fflambda/shared/job"
)

// paramKeys are, for each option that hands key=value pairs to an encoder's library, the keys by which that library opens files,
// starts programs or makes a second pass. They are written with dashes; x264 and x265 take underscores too.
// From x264 0.164's param_parse, x265 4.1's param.cpp, SVT-AV1 2.3's EbAppConfig.c and libaom 3.12's av1_cx_iface.c.
var paramKeys = map[string][]string{
	"x264-params": x264Keys,
	"x264opts":    x264Keys,
	"x265-params": names(`stats qpfile csv csv-log-level analysis-save analysis-load analysis-reuse-file analysis-reuse-mode recon recon-y4m-exec
		scaling-list lambda-file zonefile dhdr10-info dolby-vision-rpu nalu-file film-grain aom-film-grain abr-ladder scenecut-qp-config
		input output pass`),
	"svtav1-params": names("stats stat-file input-stat-file output-stat-file qpfile qp-file use-q-file pred-struct-file fgs-table roi-map-file " +
		"config errlog input output pass passes"),
	"aom-params": names("film-grain-table vmaf-model-path partition-info-path rate-distribution-info second-pass-log two-pass-input " +
		"two-pass-output fpf pass passes"),
	"rav1e-params": names("first-pass second-pass film-grain-table"),
}

var x264Keys = names("stats qpfile cqm cqmfile dump-yuv opencl opencl-clbin opencl-device tcfile-in tcfile-out log-file pass")

// builtin are the values of such keys that stand for a built-in table, not for a file.
var builtin = map[string][]string{"cqm": {"flat", "jvt"}, "scaling-list": {"off", "0", "default"}}

// unquoted takes away what ffmpeg's reader of key=value pairs takes away, and so shows every key that could come out of it.
var unquoted = strings.NewReplacer(`\`, "", `'`, "")

var inputNumber = regexp.MustCompile(`^(-1|\d+)(:\S+)?$`)

// checkArgument refuses arguments that ffmpeg would refuse later and less clearly, and what leads beyond the one output.
func (l optionList) checkArgument(at string, o job.Option) error {
	base := baseName(o.Option)
	if keys, ok := paramKeys[base]; ok {
		return checkParams(at, o, keys)
	}
	switch {
	case base == "metadata" && !strings.Contains(o.Argument, "="):
		return bad(`%s: %s needs an argument such as "title=…"`, at, clip(o.Option))
	case (base == "map_metadata" || base == "map_chapters") && !inputNumber.MatchString(o.Argument):
		return bad("%s: %s takes the number of an input, such as 0, or -1 for none; it reads no file", at, clip(o.Option))
	case base == "f" && l.where == inInput:
		return checkDemuxer(at, o.Argument)
	}
	return nil
}

// checkDemuxer refuses what reads no media from the input's own bytes.
func checkDemuxer(at, format string) error {
	for name := range strings.SplitSeq(strings.ToLower(format), ",") {
		switch name {
		case "lavfi":
			return bad("%s: -f lavfi makes a source of its own, and an input is a file; write the source into filters, such as color or anullsrc", at)
		case "concat", "concatf", "hls", "applehttp", "dash", "imf":
			return bad("%s: -f %s reads a list of other files; give each file as an input", at, name)
		}
	}
	return nil
}

func checkParams(at string, o job.Option, refused []string) error {
	for pair := range strings.SplitSeq(unquoted.Replace(o.Argument), ":") {
		key, value, _ := strings.Cut(pair, "=")
		name := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(key), "_", "-"))
		if !slices.Contains(refused, name) || slices.Contains(builtin[name], strings.TrimSpace(value)) {
			continue
		}
		switch name {
		case "pass", "passes", "first-pass", "second-pass":
			return bad("%s: key %s of %s is refused: %s", at, quote(strings.TrimSpace(key)), o.Option, whyRefused("pass"))
		}
		return bad("%s: key %s of %s is refused: it names a file, a program or a device; leave it out", at, quote(strings.TrimSpace(key)), clip(o.Option))
	}
	return nil
}
