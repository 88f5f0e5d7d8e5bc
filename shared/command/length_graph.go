package command

import "strings"

// graph follows times through filter graphs.
type graph struct {
	files
	inputs    []source
	labels    map[string]flow // outputs of the graphs so far
	free      []flow          // those of them without a label
	copyTimes bool            // -copyts
}

// run follows the times through a graph and returns its outputs that have no label. With in, the graph is a chain
// for it (-vf, -af); else what it reads is named by labels, or taken from the inputs.
//
// A label may be read before it is made. So the graph is gone through again for as long as that makes further ones.
func (g graph) run(text string, in *flow) []flow {
	for passes := 1; ; passes++ {
		known := len(g.labels)
		free, complete := g.pass(text, in)
		if complete || len(g.labels) == known || passes == maxPasses {
			return free
		}
	}
}

// maxPasses bounds the work on a graph that is written backwards.
const maxPasses = 32

// pass goes through the graph once, past the filters whose inputs are not made yet.
func (g graph) pass(text string, in *flow) (free []flow, complete bool) {
	text = withoutFlags(text)
	var through []flow // what the filter before hands on
	if in != nil {
		through = []flow{*in}
	}
	complete = true
	for skip := false; text != ""; {
		var f filter
		var from, to []string
		from, text = links(text)
		f, text = nextFilter(text)
		f.name, _, _ = strings.Cut(f.name, "@")
		to, text = links(text)
		taken, ok := g.labelled(from)
		if skip = skip || !ok; !skip {
			taken = append(taken, through...)
			if len(taken) == 0 && f.source() == "" {
				taken = g.unlabelled(f)
			}
			through = g.label(f.apply(taken, g.files), to)
		}
		complete = complete && ok
		if text == "" || text[0] != ',' {
			free, through, skip = append(free, through...), nil, false
		}
		if text != "" && text[0] != ',' && text[0] != ';' {
			return nil, true // ffmpeg will not take it
		}
		text = strings.TrimLeft(text, ",;"+graphBlanks)
	}
	return free, complete
}

// links reads [labels].
func links(text string) (labels []string, rest string) {
	for {
		text = strings.TrimLeft(text, graphBlanks)
		if !strings.HasPrefix(text, "[") {
			return labels, text
		}
		label, after, closed := strings.Cut(text[1:], "]")
		if !closed {
			return labels, ""
		}
		labels, text = append(labels, strings.TrimSpace(label)), after
	}
}

// label names what a filter made. A filter with more labels than we know outputs of is one that copies.
func (g graph) label(made []flow, to []string) (rest []flow) {
	if len(made) == 0 || len(to) == 0 {
		return made
	}
	for i, name := range to {
		g.labels[name] = made[min(i, len(made)-1)]
	}
	if len(made) > len(to) {
		return made[len(to):]
	}
	return nil
}

// labelled are what labels stand for: [0:v], or what another filter made. ok is false where one stands for nothing yet.
func (g graph) labelled(names []string) (flows []flow, ok bool) {
	for _, name := range names {
		f, made := g.labels[name]
		if found := g.specified(name); !made && len(found) > 0 {
			f, made = found[0], true
		}
		if !made {
			return nil, false
		}
		flows = append(flows, f)
	}
	return flows, true
}

// specified are the streams of an input as a specifier names them: 0, 0:v, 1:a:0?, 0:3 (which may be anything).
func (g graph) specified(name string) []flow {
	parts := strings.Split(strings.TrimSuffix(name, "?"), ":")
	n := number(parts[0])
	if !(n >= 0 && n < float64(len(g.inputs))) {
		return nil
	}
	in := g.inputs[int(n)]
	if len(parts) == 1 {
		return in.flows
	}
	switch strings.ToLower(parts[1]) {
	case "v":
		return in.of(false)
	case "a":
		return in.of(true)
	}
	return in.flows[:min(1, len(in.flows))]
}

// unlabelled are what ffmpeg connects to a filter that names no inputs: the first streams that fit.
func (g graph) unlabelled(f filter) []flow {
	var found []flow
	for _, in := range g.inputs {
		if found = append(found, in.of(f.sounds())...); len(found) > 0 && !f.joins() {
			break
		}
	}
	return found
}
