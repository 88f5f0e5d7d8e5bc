package command

// cost is what a second of the output costs; see Forecast.
func (p part) cost(flows []flow) float64 {
	codec := func(names ...string) string {
		name, _ := p.last(append(names, "-c", "-codec")...)
		return name
	}
	format, _ := p.last("-f")
	pass, _ := p.last("-pass", "-pass:v")
	cost := costCopy
	for _, f := range flows {
		switch {
		case f.sound && codec("-c:a", "-codec:a", "-acodec") != "copy":
			cost = max(cost, costSound)
		case f.sound || codec("-c:v", "-codec:v", "-vcodec") == "copy":
		case pass == "1":
			cost = max(cost, costFirst)
		case format == "null":
			cost = max(cost, costDecode)
		default:
			cost = max(cost, costVideo)
		}
	}
	return cost
}
